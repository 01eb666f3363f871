// Files that change, break, move or go between index runs.
#include "library/test_library.h"

namespace hashlens {
namespace {

namespace fs = std::filesystem;

class ChangeTest : public LibraryTest {
 protected:
  void SetUp() override {
    LibraryTest::SetUp();
    for (int i = 0; i < 4; ++i)
      WritePicture(pictures() / (std::to_string(i) + ".ppm"), static_cast<uint64_t>(i));
    IndexOptions tagged;
    tagged.tags = {{"kind", "old"}};
    ASSERT_EQ(Index(tagged).added, 4u);
  }

  // So that the file's stamp differs whatever the file system's clock.
  void WriteLater(const Path& path, const std::string& bytes) {
    WriteWhole(path, bytes);
    fs::last_write_time(path, fs::file_time_type::clock::now() + std::chrono::seconds(++later_));
  }

  size_t Tagged() {
    SearchOptions filter;
    filter.filter.tags = {{"kind", "old"}};
    return Search({{}, FirstId()}, filter).size();
  }

  IndexOptions Named(const Path& path, bool prune = false) {
    IndexOptions options;
    options.paths = {path};
    options.prune = prune;
    return options;
  }

  int later_ = 5;
};

TEST_F(ChangeTest, AFileThatBreaksKeepsItsImageAndTagsUntilItCanBeReadAgain) {
  const Path file = pictures() / "2.ppm";
  const std::string whole = ReadWhole(file);
  const auto before = Content();
  for (const std::string& broken : {std::string("P6\n16 16\n255\n..."), std::string(), whole}) {
    // The last round is a name of no picture, with something else in it.
    WriteLater(file, broken == whole ? "text" : broken);
    const IndexReport report = Index();
    EXPECT_EQ(report.failed, 1u);
    EXPECT_EQ(report.skipped, 0u);
    ASSERT_EQ(report.failures.size(), 1u);
    EXPECT_NE(report.failures[0].find("keeps"), std::string::npos) << report.failures[0];
    EXPECT_EQ(Content(), before);
    EXPECT_EQ(Tagged(), 4u);
    EXPECT_EQ(Read().Failures()->size(), 1u);
    EXPECT_TRUE(Problems().empty());
    const IndexReport again = Index();  // known as it is now, and not read again
    EXPECT_EQ(again.failed, 1u);
    EXPECT_TRUE(again.failures.empty());
  }
  WritePicture(file, 77);
  fs::last_write_time(file, fs::file_time_type::clock::now() + std::chrono::seconds(60));
  EXPECT_EQ(Index().replaced, 1u);
  EXPECT_TRUE(Read().Failures()->empty());
  EXPECT_EQ(Tagged(), 4u);
  EXPECT_TRUE(Problems().empty());
}

TEST_F(ChangeTest, AFailureIsForgottenWhenTheFileIsAsItWas) {
  const Path file = pictures() / "2.ppm";
  const std::string whole = ReadWhole(file);
  const auto time = fs::last_write_time(file);
  WriteLater(file, "broken");
  EXPECT_EQ(Index().failed, 1u);
  WriteWhole(file, whole);
  fs::last_write_time(file, time);
  const IndexReport report = Index(Named(file));
  EXPECT_EQ(report.unchanged, 1u);
  EXPECT_TRUE(Read().Failures()->empty());
}

TEST_F(ChangeTest, ABrokenFileThatThenGoesIsPruned) {
  WriteLater(pictures() / "2.ppm", "broken");
  Index();
  fs::remove(pictures() / "2.ppm");
  IndexOptions prune;
  prune.prune = true;
  EXPECT_EQ(Index(prune).pruned, 1u);
  EXPECT_TRUE(Read().Failures()->empty());
  EXPECT_TRUE(Problems().empty());
}

TEST_F(ChangeTest, ALinkThatLeadsNowhereTakesNoImageAway) {
  fs::rename(pictures() / "2.ppm", folder() / "away.ppm");
  fs::create_symlink(folder() / "not mounted" / "2.ppm", pictures() / "2.ppm");
  IndexOptions prune;
  prune.prune = true;
  const IndexReport report = Index(prune);
  EXPECT_EQ(report.failed, 1u);
  EXPECT_EQ(report.pruned, 0u);
  EXPECT_EQ(Content().size(), 4u);
}

TEST_F(ChangeTest, AFolderInTheFilesPlaceMeansThatTheFileIsGone) {
  fs::remove(pictures() / "2.ppm");
  WritePicture(pictures() / "2.ppm" / "inside.ppm", 50);
  const IndexReport report = Index();
  EXPECT_EQ(report.vanished, 1u);
  EXPECT_EQ(report.added, 1u);
  IndexOptions prune;
  prune.prune = true;
  EXPECT_EQ(Index(prune).pruned, 1u);
  EXPECT_EQ(Content().size(), 4u);
}

TEST_F(ChangeTest, ANamedPathThatIsGoneIsReportedAndPruned) {
  WritePicture(pictures() / "sub" / "5.ppm", 5);
  WritePicture(pictures() / "sub" / "6.ppm", 6);
  Index();
  fs::remove(pictures() / "1.ppm");
  fs::remove_all(pictures() / "sub");
  for (const Path& name : {pictures() / "1.ppm", pictures() / "sub"}) {
    const uint64_t expected = name.filename() == "sub" ? 2 : 1;
    const IndexReport report = Index(Named(name));
    EXPECT_EQ(report.vanished, expected);
    EXPECT_EQ(report.pruned, 0u);
    EXPECT_EQ(report.failed, 0u);
    EXPECT_EQ(Index(Named(name, /*prune=*/true)).pruned, expected);
  }
  const IndexReport typo = Index(Named(pictures() / "1.pmp", /*prune=*/true));
  EXPECT_EQ(typo.missing, 1u);
  EXPECT_EQ(typo.failed, 1u);
  EXPECT_TRUE(Read().Failures()->empty());
  EXPECT_EQ(Content().size(), 3u);
}

TEST_F(ChangeTest, ANamedFileOfAnUnmountedRootIsNotPruned) {
  fs::rename(pictures(), folder() / "away");
  fs::create_directory(pictures());
  EXPECT_EQ(Index(Named(pictures() / "1.ppm", /*prune=*/true)).pruned, 0u);
  fs::remove(pictures());
  EXPECT_EQ(Index(Named(pictures() / "1.ppm", /*prune=*/true)).pruned, 0u);
  EXPECT_EQ(Content().size(), 4u);
}

TEST_F(ChangeTest, AMovedLibraryRecordsThePlaceWhereItWasIndexed) {
  fs::create_directory(folder() / "moved");
  fs::rename(pictures(), folder() / "moved" / "pictures");
  fs::rename(library(), folder() / "moved" / "test.hashlens");
  {
    auto writer = LibraryWriter::Open(folder() / "moved" / "test", open());
    ASSERT_TRUE(writer.ok());
    EXPECT_EQ(writer->Index(Named(folder() / "moved" / "pictures"))->unchanged, 4u);
  }
  fs::create_directory(folder() / "elsewhere");
  fs::rename(folder() / "moved" / "test.hashlens", folder() / "elsewhere" / "test.hashlens");
  WritePicture(pictures() / "1.ppm", 1);  // another folder where the first one was
  const auto moved = Library::Open(folder() / "elsewhere" / "test", open());
  ASSERT_TRUE(moved.ok()) << moved.status().message();
  EXPECT_EQ(moved->PathOf(1)->parent_path(), fs::canonical(folder() / "moved" / "pictures"));
}

TEST_F(ChangeTest, KnownImagesThatGetTagsAreCounted) {
  IndexOptions tagged;
  tagged.tags = {{"kind", "new"}};
  EXPECT_EQ(Index(tagged).tagged, 4u);
  EXPECT_EQ(Index().tagged, 0u);
}

TEST_F(ChangeTest, ReasonsDoNotNameTheFileAgain) {
  WritePicture(pictures() / "big.ppm", 9);
  auto options = open();
  options.limits.max_bytes = 100;
  auto writer = LibraryWriter::Open(library(), options);
  ASSERT_TRUE(writer.ok());
  const auto report = writer->Index(Named(pictures() / "big.ppm"));
  ASSERT_EQ(report->failures.size(), 1u);
  const std::string& line = report->failures[0];
  EXPECT_EQ(line.find("big.ppm"), line.rfind("big.ppm")) << line;
}

}  // namespace
}  // namespace hashlens
