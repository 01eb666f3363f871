// Pictures that are no files: added, found, replaced, never taken for files that are gone.
#include "library/given_pictures.h"

#include "library/test_library.h"

namespace hashlens {
namespace {

namespace fs = std::filesystem;

// Of WritePicture's kind.
std::string PictureBytes(const Path& folder, uint64_t seed) {
  const Path path = folder / "bytes.ppm";
  WritePicture(path, seed);
  const std::string bytes = ReadWhole(path);
  fs::remove(path);
  return bytes;
}

class GivenPicturesTest : public LibraryTest {
 protected:
  Result<IndexReport> TryAdd(std::vector<GivenPicture> given, AddOptions options = {}) {
    options.next = [given = std::move(given),
                    at = size_t{0}]() mutable -> Result<std::optional<GivenPicture>> {
      if (at == given.size()) return std::optional<GivenPicture>();
      return std::optional(given[at++]);
    };
    auto writer = Writer();
    EXPECT_TRUE(writer.ok()) << writer.status().message();
    return writer->Add(options);
  }
  IndexReport Add(std::vector<GivenPicture> given, AddOptions options = {}) {
    auto report = TryAdd(std::move(given), std::move(options));
    EXPECT_TRUE(report.ok()) << report.status().message();
    return report.ok() ? *report : IndexReport();
  }
  GivenPicture Picture(std::string name, uint64_t seed, std::vector<Tag> tags = {}) const {
    return {std::move(name), PictureBytes(folder(), seed), {}, std::move(tags)};
  }
  std::vector<Tag> TagsAt(const Path& path) const {
    std::vector<Tag> tags;
    EXPECT_TRUE(ListImages(library(), {}, [&](const ImageInfo& image) {
                  if (image.path == path) tags = image.tags;
                  return true;
                }).ok());
    return tags;
  }
};

TEST_F(GivenPicturesTest, AreFoundAsTheSamePicturesInFilesAre) {
  std::vector<GivenPicture> given;
  for (uint64_t i = 0; i < 20; ++i) {
    given.push_back(Picture("a/" + std::to_string(10 + i) + ".ppm", i));
    WritePicture(pictures() / given.back().name, i);
  }
  EXPECT_EQ(Add(given).added, 20u);
  EXPECT_TRUE(Problems().empty());
  const auto from_memory = Content();
  fs::remove_all(library());
  Index();
  const auto from_files = Content();
  ASSERT_EQ(from_memory.size(), 20u);
  for (const auto& [path, content] : from_memory) {
    const Path name = Path(path).lexically_relative(library() / "added");
    EXPECT_EQ(content, from_files.at(fs::canonical(pictures() / name).native()));
  }
}

TEST_F(GivenPicturesTest, GivenAgainTheSameArePassedOverAndOthersReplace) {
  Add({Picture("x", 1, {{"label", "cat"}}), Picture("y", 2), Picture("x", 3)});
  EXPECT_EQ(Content().size(), 2u);
  AddOptions tagged;
  tagged.tags = {{"trip", "Rome"}};
  const IndexReport again =
      Add({Picture("x", 1, {{"label", "dog"}}), Picture("y", 4), Picture("z", 5)}, tagged);
  EXPECT_EQ(again.unchanged, 1u);
  EXPECT_EQ(again.tagged, 1u);
  EXPECT_EQ(again.added, 2u);
  EXPECT_EQ(again.replaced, 1u);
  EXPECT_EQ(Content().size(), 3u);
  const Path added = library() / "added";
  EXPECT_EQ(TagsAt(added / "x"),
            (std::vector<Tag>{{"label", "cat"}, {"label", "dog"}, {"trip", "Rome"}}));
  EXPECT_EQ(TagsAt(added / "z"), (std::vector<Tag>{{"trip", "Rome"}}));
  EXPECT_EQ(Search({{}, FirstId()})[0].path, added / "x");
}

TEST_F(GivenPicturesTest, TagsOfOwnKeysTakeThePlaceOfOthers) {
  AddOptions own;
  own.own_keys = {"label"};
  own.tags = {{"trip", "Rome"}};
  Add({Picture("x", 1, {{"label", "cat"}, {"a", "1"}}), Picture("y", 2, {{"label", "cat"}})}, own);
  own.tags = {};
  const std::vector<GivenPicture> changed = {Picture("x", 1, {{"label", "dog"}}),
                                             Picture("y", 3, {{"label", "dog"}, {"label", "pet"}})};
  EXPECT_EQ(Add(changed, own).tagged, 1u);
  const Path added = library() / "added";
  EXPECT_EQ(TagsAt(added / "x"),
            (std::vector<Tag>{{"a", "1"}, {"label", "dog"}, {"trip", "Rome"}}));
  EXPECT_EQ(TagsAt(added / "y"),
            (std::vector<Tag>{{"label", "dog"}, {"label", "pet"}, {"trip", "Rome"}}));
  EXPECT_EQ(Add(changed, own).tagged, 0u);
  EXPECT_TRUE(Problems().empty());
}

TEST_F(GivenPicturesTest, ThatCannotBeHadAreListedAsFailures) {
  GivenPicture lost{"lost", "", {}, {}};
  lost.problem = "the record ends early";
  const IndexReport report = Add({lost, Picture("x", 1)});
  EXPECT_EQ(report.added, 1u);
  EXPECT_EQ(report.failed, 1u);
  const auto failures = Read().Failures();
  ASSERT_EQ(failures->size(), 1u);
  EXPECT_EQ(failures->front().reason, "the record ends early");
  EXPECT_EQ(Add({Picture("lost", 2)}).added, 1u);
  EXPECT_TRUE(Read().Failures()->empty());
}

TEST_F(GivenPicturesTest, BadOnesFailAloneAndOnceUntilAskedFor) {
  const GivenPicture bad{"bad", "P6\n16 16\n255\nshort", {}, {}};
  const GivenPicture empty{"empty", "", {}, {}};
  const IndexReport first = Add({bad, Picture("good", 1), empty});
  EXPECT_EQ(first.added, 1u);
  EXPECT_EQ(first.failed, 2u);
  ASSERT_EQ(first.failures.size(), 2u);
  EXPECT_NE(first.failures[0].find("added/bad"), std::string::npos) << first.failures[0];
  EXPECT_EQ(Add({bad}).failed, 1u);
  AddOptions retry;
  retry.retry = true;
  EXPECT_EQ(Add({bad}, retry).failed, 1u);
  EXPECT_EQ(Read().Failures()->size(), 2u);
  EXPECT_EQ(Add({Picture("bad", 2)}).added, 1u);
  EXPECT_EQ(Read().Failures()->size(), 1u);
}

TEST_F(GivenPicturesTest, FeaturesStandForPictures) {
  std::vector<float> feature(kTestDim);
  for (int i = 0; i < kTestDim; ++i) feature[static_cast<size_t>(i)] = static_cast<float>(i % 5);
  std::vector<float> short_one(kTestDim - 1, 1.0F);
  std::vector<float> endless(kTestDim, INFINITY);
  const IndexReport report = Add({{"f", "", feature, {{"k", "v"}}},
                                  {"short", "", short_one, {}},
                                  {"endless", "", endless, {}},
                                  Picture("p", 1)});
  EXPECT_EQ(report.added, 2u);
  EXPECT_EQ(report.failed, 2u);
  EXPECT_TRUE(Problems().empty());
  for (float& value : feature) value *= 2;  // of another length, and the same at unit length
  EXPECT_EQ(Add({{"g", "", feature, {}}}).added, 1u);
  const auto hits = Search({{}, FirstId()});
  ASSERT_EQ(hits.size(), 3u);
  EXPECT_EQ(hits[0].path.filename(), "f");
  EXPECT_EQ(hits[1].path.filename(), "g");
  EXPECT_EQ(hits[1].hamming, 0u);
  EXPECT_NEAR(*hits[1].distance, 0, 1e-6);
}

TEST_F(GivenPicturesTest, AnIndexRunOverTheirSourceForgetsNone) {
  const Path source = folder() / "data" / "base.lmdb";
  WriteWhole(source / "data.mdb", "records");
  AddOptions options;
  options.source = source;
  Add({Picture("1", 1), Picture("2", 2)}, options);
  WritePicture(folder() / "data" / "3.ppm", 3);
  IndexOptions index;
  index.paths = {folder() / "data"};
  index.prune = true;
  const IndexReport report = Index(index);
  EXPECT_EQ(report.added, 1u);
  EXPECT_EQ(report.vanished, 0u);
  EXPECT_EQ(report.pruned, 0u);
  EXPECT_EQ(Content().size(), 3u);
  EXPECT_EQ(Content().count((source / "2").native()), 1u);
  // A source below a root is a part of it.
  options.source = folder() / "data" / "other";
  EXPECT_EQ(Add({Picture("4", 4)}, options).added, 1u);
  EXPECT_EQ(Content().count((options.source / "4").native()), 1u);
}

TEST_F(GivenPicturesTest, WhatAFailingSourceGaveIsKept) {
  int at = 0;
  AddOptions options;
  options.next = [&]() -> Result<std::optional<GivenPicture>> {
    if (at == 3) return IoError("the disk of the source is gone");
    ++at;
    return std::optional(Picture(std::to_string(at), static_cast<uint64_t>(at)));
  };
  {
    auto writer = Writer();
    const auto report = writer->Add(options);
    ASSERT_FALSE(report.ok());
    EXPECT_EQ(report.status().message(), "the disk of the source is gone");
  }
  EXPECT_EQ(Content().size(), 3u);
}

TEST_F(GivenPicturesTest, AStopKeepsWhatIsDone) {
  std::stop_source stop;
  int at = 0;
  AddOptions options;
  options.stop = stop.get_token();
  options.next = [&]() -> Result<std::optional<GivenPicture>> {
    if (++at == 5) stop.request_stop();
    return std::optional(Picture(std::to_string(at), static_cast<uint64_t>(at)));
  };
  {
    auto writer = Writer();
    const auto report = writer->Add(options);
    ASSERT_TRUE(report.ok()) << report.status().message();
    EXPECT_TRUE(report->interrupted);
    EXPECT_EQ(report->added, 5u);
  }
  EXPECT_EQ(Content().size(), 5u);
}

TEST_F(GivenPicturesTest, NamesThatLeaveTheSourceAreRefused) {
  for (const char* name : {"", ".", "..", "a/../b", "/a", "a/", "a//b", "./a"}) {
    const auto report = TryAdd({Picture(name, 1)});
    ASSERT_FALSE(report.ok()) << name;
    EXPECT_EQ(report.status().code(), StatusCode::kInvalidArgument);
  }
  AddOptions relative;
  relative.source = "somewhere";
  EXPECT_FALSE(TryAdd({Picture("a", 1)}, relative).ok());
  EXPECT_EQ(Add({Picture("..a", 1), Picture("a/b.c/d", 2)}).added, 2u);
}

TEST_F(GivenPicturesTest, MoveWithTheirLibrary) {
  Add({Picture("x", 1)});
  const Path moved = folder() / "elsewhere" / "moved.hashlens";
  fs::create_directory(moved.parent_path());
  fs::rename(library(), moved);
  const auto read = Library::Open(moved, open());
  ASSERT_TRUE(read.ok());
  EXPECT_EQ(*read->PathOf(1), moved / "added" / "x");
}

}  // namespace
}  // namespace hashlens
