// Index runs over folders that change.
#include "library/test_library.h"

namespace hashlens {
namespace {

namespace fs = std::filesystem;

class IndexTest : public LibraryTest {
 protected:
  void WritePictures(int count) {
    for (int i = 0; i < count; ++i)
      WritePicture(pictures() / std::to_string(i % 3) / (std::to_string(i) + ".ppm"),
                   static_cast<uint64_t>(i));
  }
};

TEST_F(IndexTest, AddsOnceAndFindsEachPictureAsItsOwnNearest) {
  WritePictures(20);
  const IndexReport first = Index();
  EXPECT_EQ(first.added, 20u);
  EXPECT_EQ(first.failed, 0u);
  const IndexReport second = Index();
  EXPECT_EQ(second.added, 0u);
  EXPECT_EQ(second.unchanged, 20u);
  for (int i = 0; i < 20; ++i) {
    const Path path = pictures() / std::to_string(i % 3) / (std::to_string(i) + ".ppm");
    const auto hits = Search({path, 0});
    ASSERT_EQ(hits.size(), 10u);
    EXPECT_EQ(hits[0].path, fs::canonical(path));
    EXPECT_EQ(hits[0].hamming, 0u);
    EXPECT_LT(*hits[0].distance, 1e-5F);
    EXPECT_GT(*hits[1].distance, 1e-5F);
  }
  EXPECT_TRUE(Problems().empty());
}

TEST_F(IndexTest, ABrokenModelIsNamedItselfAndLeavesNoLibrary) {
  WritePictures(1);
  const Path xml = folder() / "broken.xml";
  WriteWhole(xml, "no network");
  WriteWhole(folder() / "broken.bin", "");
  const auto make = [&](const Path& network, const std::string& head) {
    fs::remove_all(model());
    const auto made = WriteModelPackage(model(), "broken", kTestDim, TestInput(), network,
                                        {{kBits, "itq", head}});
    ASSERT_TRUE(made.ok()) << made.status().message();
  };
  const auto expect_refused = [&](StatusCode code) {
    const Status status = Writer().status();
    EXPECT_EQ(status.code(), code);
    EXPECT_NE(status.message().find(model().native()), std::string::npos) << status.message();
    EXPECT_FALSE(fs::exists(library()));
  };
  const std::string head = ReadWhole(model() / "head-16.hlh");
  make(TestNetwork(), "no head");
  expect_refused(StatusCode::kCorruption);
  make(xml, head);
  expect_refused(StatusCode::kUnsupported);
}

TEST_F(IndexTest, ReplacesChangedFilesAndReportsVanishedOnes) {
  WritePictures(9);
  Index();
  WritePicture(pictures() / "0" / "0.ppm", 99);
  fs::last_write_time(pictures() / "0" / "0.ppm",
                      fs::file_time_type::clock::now() + std::chrono::seconds(5));
  fs::remove(pictures() / "1" / "1.ppm");
  const IndexReport report = Index();
  EXPECT_EQ(report.added, 1u);
  EXPECT_EQ(report.replaced, 1u);
  EXPECT_EQ(report.unchanged, 7u);
  EXPECT_EQ(report.vanished, 1u);
  EXPECT_EQ(report.pruned, 0u);
  EXPECT_EQ(Content().size(), 9u);
  IndexOptions prune;
  prune.prune = true;
  EXPECT_EQ(Index(prune).pruned, 1u);
  EXPECT_EQ(Content().size(), 8u);
  EXPECT_EQ(Index(prune).vanished, 0u);
  EXPECT_TRUE(Problems().empty());
}

TEST_F(IndexTest, AMissingOrEmptiedRootRemovesNothing) {
  WritePictures(6);
  Index();
  IndexOptions prune;
  prune.prune = true;
  prune.paths = {pictures()};
  fs::rename(pictures(), folder() / "unmounted");
  const IndexReport missing = Index(prune);
  EXPECT_EQ(missing.pruned, 0u);
  EXPECT_EQ(missing.warnings.size(), 1u);
  fs::create_directory(pictures());  // an empty mount point
  const IndexReport emptied = Index(prune);
  EXPECT_EQ(emptied.pruned, 0u);
  EXPECT_EQ(emptied.warnings.size(), 1u);
  EXPECT_EQ(Content().size(), 6u);
}

TEST_F(IndexTest, NestedAndRepeatedPathsHoldEachPictureOnce) {
  WritePictures(9);
  IndexOptions sub;
  sub.paths = {pictures() / "1"};
  EXPECT_EQ(Index(sub).added, 3u);
  IndexOptions both;
  both.paths = {pictures(), pictures() / "2", pictures() / "0" / "0.ppm"};
  const IndexReport report = Index(both);
  EXPECT_EQ(report.added, 6u);
  EXPECT_TRUE(report.warnings.empty());
  EXPECT_EQ(Content().size(), 9u);
  fs::remove(pictures() / "1" / "1.ppm");
  both.prune = true;
  EXPECT_EQ(Index(both).pruned, 1u);
}

TEST_F(IndexTest, BadFilesFailAloneAndAreNotReadAgainUntilTheyChange) {
  WritePictures(3);
  WriteWhole(pictures() / "empty.jpg", "");
  WriteWhole(pictures() / "text.png", "no picture at all");
  WriteWhole(pictures() / "notes.txt", "no picture, and not called one");
  fs::create_symlink("nowhere", pictures() / "dangling.jpg");
  fs::create_directory_symlink(".", pictures() / "loop");
  const IndexReport first = Index();
  EXPECT_EQ(first.added, 3u);
  EXPECT_EQ(first.failed, 3u);
  EXPECT_EQ(first.skipped, 1u);
  const IndexReport second = Index();
  EXPECT_EQ(second.failed, 3u);
  EXPECT_EQ(second.skipped, 1u);
  const auto failures = Read().Failures();
  ASSERT_TRUE(failures.ok());
  EXPECT_EQ(failures->size(), 3u);
  EXPECT_EQ(Read().Failures(true)->size(), 4u);
  WritePicture(pictures() / "empty.jpg", 5);  // mended: by content a PPM, whatever its name
  fs::remove(pictures() / "dangling.jpg");
  const IndexReport third = Index();
  EXPECT_EQ(third.added, 1u);
  EXPECT_EQ(third.failed, 1u);
  EXPECT_EQ(Read().Failures()->size(), 1u);
}

TEST_F(IndexTest, NamesMayHoldAnyBytes) {
  for (const std::string name : {"new\nline.ppm", "quote\"'.ppm", "bad\xff\xfeutf8.ppm",
                                 " lead.ppm", "ünï.ppm", "%s;--.ppm"}) {
    WritePicture(pictures() / name, std::hash<std::string>()(name));
  }
  EXPECT_EQ(Index().added, 6u);
  for (const auto& entry : fs::directory_iterator(pictures()))
    EXPECT_EQ(Search({entry.path(), 0})[0].path.filename(), entry.path().filename());
  EXPECT_EQ(Index().unchanged, 6u);
}

TEST_F(IndexTest, ExcludedAndHiddenNamesAreLeftOutButNotForgotten) {
  WritePictures(6);
  WritePicture(pictures() / ".hidden" / "h.ppm", 50);
  Index();
  EXPECT_EQ(Content().size(), 6u);
  IndexOptions options;
  options.exclude = {"1", "*/0.ppm"};
  options.prune = true;
  const IndexReport report = Index(options);
  EXPECT_EQ(report.unchanged, 3u);
  EXPECT_EQ(report.vanished, 0u);
  options.hidden = true;
  EXPECT_EQ(Index(options).added, 1u);
  EXPECT_EQ(Content().size(), 7u);
}

TEST_F(IndexTest, TagsFilterSearchesAndReachUnchangedFiles) {
  WritePictures(6);
  IndexOptions tagged;
  tagged.paths = {pictures() / "1"};
  tagged.tags = {{"kind", "one"}};
  Index(tagged);
  Index();
  SearchOptions filter;
  filter.filter.tags = {{"kind", "one"}};
  EXPECT_EQ(Search({{}, FirstId()}, filter).size(), 2u);
  IndexOptions all;
  all.tags = {{"kind", "any"}};
  Index(all);
  filter.filter.tags = {{"kind", "any"}};
  EXPECT_EQ(Search({{}, FirstId()}, filter).size(), 6u);
  filter.filter.tags = {{"kind", "any"}, {"kind", "one"}};
  EXPECT_EQ(Search({{}, FirstId()}, filter).size(), 2u);
  filter.filter.tags = {{"kind", "none"}};
  EXPECT_TRUE(Search({{}, FirstId()}, filter).empty());
}

TEST_F(IndexTest, AnInterruptedRunKeepsItsWorkAndTheNextOneGivesTheSameLibrary) {
  WritePictures(900);
  IndexOptions options;
  options.batch = 16;
  Index(options);
  const auto undisturbed = Content();
  fs::remove_all(library());

  std::stop_source stop;
  options.stop = stop.get_token();
  options.progress = [&](const Progress& progress) {
    if (progress.stage == "indexing" && progress.done >= 1) stop.request_stop();
  };
  const IndexReport stopped = Index(options);
  EXPECT_TRUE(stopped.interrupted);
  EXPECT_GT(stopped.added, 0u);
  EXPECT_LT(stopped.added, 900u);
  EXPECT_EQ(Content().size(), stopped.added);
  IndexOptions again;
  again.batch = 16;
  EXPECT_EQ(Index(again).added, 900 - stopped.added);
  EXPECT_EQ(Content(), undisturbed);
  EXPECT_TRUE(Problems().empty());
}

TEST_F(IndexTest, AFolderThatDisappearsMeanwhileFailsItsFilesOnly) {
  WritePictures(400);
  IndexOptions options;
  options.progress = [&](const Progress& progress) {
    if (progress.stage == "indexing") fs::remove_all(pictures() / "2");
  };
  const IndexReport report = Index(options);
  EXPECT_EQ(report.added + report.failed, 400u);
  EXPECT_GE(report.added, 267u);
  EXPECT_TRUE(Problems().empty());
}

TEST_F(IndexTest, TheSecondWriterIsTurnedAwayAndReadersGoOn) {
  WritePictures(3);
  Index();
  const auto writer = Writer();
  ASSERT_TRUE(writer.ok());
  const auto second = Writer();
  EXPECT_EQ(second.status().code(), StatusCode::kBusy);
  EXPECT_EQ(Content().size(), 3u);
}

TEST_F(IndexTest, AnotherModelIsRefused) {
  WritePictures(3);
  Index();
  NetworkInput other = TestInput();
  other.crop_fraction = 0.5;
  const Path package = folder() / "other";
  ASSERT_TRUE(WriteModelPackage(package, "other", kTestDim, other, TestNetwork(), {}).ok());
  const auto writer = LibraryWriter::OpenOrCreate(library(), {package, 0}, open());
  EXPECT_EQ(writer.status().code(), StatusCode::kModelMismatch);
  EXPECT_EQ(Writer(12).status().code(), StatusCode::kInvalidArgument);
}

TEST_F(IndexTest, ATypingErrorMakesNeitherRootNorImage) {
  WritePictures(3);
  Index();
  IndexOptions typo;
  typo.paths = {folder() / "pictuers"};
  const IndexReport report = Index(typo);
  EXPECT_EQ(report.failed, 1u);
  EXPECT_EQ(Read().Info()->roots.size(), 1u);
}

TEST_F(IndexTest, ALibraryMovesWithItsPictures) {
  WritePictures(4);
  Index();
  fs::create_directory(folder() / "moved");
  fs::rename(pictures(), folder() / "moved" / "pictures");
  fs::rename(library(), folder() / "moved" / "test.hashlens");
  const auto moved = Library::Open(folder() / "moved" / "test", open());
  ASSERT_TRUE(moved.ok());
  EXPECT_TRUE(fs::exists(*moved->PathOf(1)));
  auto writer = LibraryWriter::Open(folder() / "moved" / "test", open());
  ASSERT_TRUE(writer.ok());
  IndexOptions options;
  options.paths = {folder() / "moved" / "pictures"};
  EXPECT_EQ(writer->Index(options)->unchanged, 4u);
}

}  // namespace
}  // namespace hashlens
