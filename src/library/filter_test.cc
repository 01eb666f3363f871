// Filters against a naive one: over random libraries, every search finds what ranking everything
// and then leaving out would find.
#include <algorithm>
#include <set>

#include "library/test_library.h"

namespace hashlens {
namespace {

std::vector<ImageInfo> List(const Path& library, const Filter& filter) {
  std::vector<ImageInfo> images;
  const Status status = ListImages(library, filter, [&](const ImageInfo& image) {
    images.push_back(image);
    return true;
  });
  EXPECT_TRUE(status.ok()) << status.message();
  return images;
}

bool NaivelyMeets(const ImageInfo& image, const Filter& filter) {
  for (const Tag& tag : filter.tags) {
    if (std::ranges::count(image.tags, tag) == 0) return false;
  }
  if (filter.added_since && image.added_at_ms < *filter.added_since) return false;
  return filter.under.empty() || std::ranges::any_of(filter.under, [&](const Path& place) {
           return image.path == place || image.path.native().starts_with(place.native() + "/");
         });
}

class FilterTest : public LibraryTest, public testing::WithParamInterface<unsigned> {
 protected:
  size_t Below(size_t limit) { return random_() % limit; }
  template <typename Values>
  auto OneOf(const Values& values) {
    return *std::next(std::begin(values), static_cast<std::ptrdiff_t>(Below(std::size(values))));
  }

  // Several roots and runs with tags, some images removed or replaced.
  void MakeLibrary() {
    static const char* const kFolders[] = {"a", "a/b", "a/bb", "c", "c/d/e"};
    for (int run = 0; run < 5; ++run) {
      for (size_t i = 4 + Below(10); i > 0; --i) {
        WritePicture(pictures() / OneOf(kFolders) / (std::to_string(Below(20)) + ".ppm"),
                     random_());
      }
      IndexOptions options;
      if (Below(2)) options.tags = {{"kind", std::to_string(Below(2))}};
      if (Below(2)) options.tags.emplace_back("label", std::to_string(Below(3)));
      if (run == 0) options.paths = {pictures() / "a" / "b", pictures() / "c"};
      if (run == 0) std::filesystem::create_directories(pictures() / "a" / "b");
      if (run == 0) std::filesystem::create_directories(pictures() / "c");
      Index(options);
    }
    ImageSelection remove;
    for (const ImageInfo& image : List(library(), {})) {
      if (Below(6) == 0) remove.ids.push_back(image.id);
    }
    ASSERT_TRUE(Writer()->Remove(remove).ok());
  }

  Filter RandomFilter(const std::vector<ImageInfo>& images) {
    Filter filter;
    if (Below(2)) filter.tags.emplace_back("kind", std::to_string(Below(2)));
    if (Below(3) == 0) filter.tags.emplace_back("label", std::to_string(Below(3)));
    for (size_t i = Below(2) * Below(3); i > 0; --i) {
      Path place = OneOf(images).path;
      for (size_t up = Below(3); up > 0; --up) place = place.parent_path();
      filter.under.push_back(place);
    }
    if (Below(3) == 0) filter.added_since = OneOf(images).added_at_ms;
    return filter;
  }

  std::mt19937 random_{GetParam()};
};

TEST_P(FilterTest, EverySearchFindsKWhereThereAreK) {
  MakeLibrary();
  const std::vector<ImageInfo> images = List(library(), {});
  ASSERT_GT(images.size(), 10u);
  const Library read = Read();
  for (int round = 0; round < 40; ++round) {
    const Filter filter = RandomFilter(images);
    std::set<uint64_t> meant;
    for (const ImageInfo& image : images) {
      if (NaivelyMeets(image, filter)) meant.insert(image.id);
    }
    std::set<uint64_t> listed;
    for (const ImageInfo& image : List(library(), filter)) listed.insert(image.id);
    ASSERT_EQ(listed, meant);

    SearchOptions options;
    options.k = 1 + Below(12);
    options.candidates = 1 + Below(20);
    options.rerank = Below(2) == 0;
    options.filter = filter;
    SearchOptions everything;
    everything.k = everything.candidates = images.size();
    everything.rerank = options.rerank;
    const Query query{{}, OneOf(images).id};
    const auto found = read.Search(std::span(&query, 1), options);
    const auto all = read.Search(std::span(&query, 1), everything);
    ASSERT_TRUE(found.ok() && (*found)[0].ok() && all.ok() && (*all)[0].ok());
    const SearchResult& result = *(*found)[0];
    EXPECT_EQ(result.rows, meant.size());
    ASSERT_EQ(result.hits.size(), std::min(options.k, meant.size()));
    // Re-rank sees the nearest codes only: as many as there are candidates, at least k.
    const bool ranks_all =
        !options.rerank || std::max(options.candidates, options.k) >= meant.size();
    std::vector<uint64_t> expected;
    for (const Hit& hit : (*all)[0]->hits) {
      if (meant.contains(hit.id) && expected.size() < options.k) expected.push_back(hit.id);
    }
    for (size_t i = 0; i < result.hits.size(); ++i) {
      EXPECT_TRUE(meant.contains(result.hits[i].id));
      if (ranks_all) {
        EXPECT_EQ(result.hits[i].id, expected[i]) << i;
      }
    }
  }
}

TEST_P(FilterTest, RemoveTakesAwayWhatTheFilterMeans) {
  MakeLibrary();
  const std::vector<ImageInfo> images = List(library(), {});
  ImageSelection remove;
  while (remove.filter.empty()) remove.filter = RandomFilter(images);
  uint64_t expected = 0;
  for (const ImageInfo& image : images) expected += NaivelyMeets(image, remove.filter) ? 1 : 0;
  const auto removed = Writer()->Remove(remove);
  ASSERT_TRUE(removed.ok()) << removed.status().message();
  EXPECT_EQ(*removed, expected);
  EXPECT_EQ(List(library(), {}).size(), images.size() - expected);
}

INSTANTIATE_TEST_SUITE_P(Libraries, FilterTest, testing::Range(0u, 6u));

class FilterPathTest : public LibraryTest {};

TEST_F(FilterPathTest, PathsOfWhichNothingIsThereAreErrors) {
  WritePicture(pictures() / "a" / "1.ppm", 1);
  Index();
  const auto code = [&](const Path& path) {
    Filter filter;
    filter.under = {path};
    return ListImages(library(), filter, [](const ImageInfo&) { return true; }).code();
  };
  EXPECT_EQ(code(pictures() / "a"), StatusCode::kOk);
  EXPECT_EQ(code(folder()), StatusCode::kOk);
  EXPECT_EQ(code(pictures() / "b"), StatusCode::kNotFound);
  EXPECT_EQ(code("/nowhere"), StatusCode::kNotFound);
  EXPECT_EQ(code(""), StatusCode::kInvalidArgument);
}

TEST_F(FilterPathTest, ALibraryThatMovedWithItsPicturesIsFilteredWhereItIsNow) {
  WritePicture(pictures() / "a" / "1.ppm", 1);
  WritePicture(pictures() / "b" / "2.ppm", 2);
  Index();
  const Path moved = folder() / "moved";
  std::filesystem::create_directories(moved);
  std::filesystem::rename(pictures(), moved / "pictures");
  std::filesystem::rename(library(), moved / "test.hashlens");
  Filter filter;
  filter.under = {moved / "pictures" / "a"};
  const auto images = List(moved / "test.hashlens", filter);
  ASSERT_EQ(images.size(), 1u);
  EXPECT_EQ(images[0].path, moved / "pictures" / "a" / "1.ppm");
}

TEST_F(FilterPathTest, ListEndsWhenItHasHadEnoughAndTagsAreCounted) {
  for (uint64_t i = 0; i < 5; ++i) WritePicture(pictures() / (std::to_string(i) + ".ppm"), i);
  IndexOptions options;
  options.tags = {{"kind", "x"}};
  Index(options);
  options.paths = {pictures() / "1.ppm"};
  options.tags = {{"kind", "a"}, {"kind", "b"}};
  Index(options);
  int used = 0;
  EXPECT_TRUE(ListImages(library(), {}, [&](const ImageInfo&) { return ++used < 2; }).ok());
  EXPECT_EQ(used, 2);
  const auto tags = Read().TagCounts();
  ASSERT_TRUE(tags.ok());
  ASSERT_EQ(tags->size(), 3u);
  EXPECT_EQ((*tags)[0].tag, Tag("kind", "x"));
  EXPECT_EQ((*tags)[0].images, 5u);
  EXPECT_EQ((*tags)[1].tag, Tag("kind", "a"));
  EXPECT_EQ((*tags)[2].tag, Tag("kind", "b"));
}

TEST_F(FilterPathTest, AQueryMayBringItsBytes) {
  for (uint64_t i = 0; i < 5; ++i) WritePicture(pictures() / (std::to_string(i) + ".ppm"), i);
  Index();
  const auto hits = Search({"-", 0, ReadWhole(pictures() / "3.ppm")});
  ASSERT_EQ(hits.size(), 5u);
  EXPECT_EQ(hits[0].path.filename(), "3.ppm");
  EXPECT_EQ(hits[0].hamming, 0u);
  const Library read = Read();
  for (const std::string& bytes : {std::string(), std::string("no picture")}) {
    const Query query{"-", 0, bytes};
    const auto results = read.Search(std::span(&query, 1), {});
    ASSERT_TRUE(results.ok());
    EXPECT_FALSE((*results)[0].ok());
  }
}

}  // namespace
}  // namespace hashlens
