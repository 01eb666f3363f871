// Filters against a naive one, over random catalogs.
#include <gtest/gtest.h>

#include <algorithm>
#include <map>
#include <random>
#include <set>

#include "base/temp_folder.h"
#include "store/catalog.h"
#include "store/catalog_test_util.h"
#include "store/sqlite.h"

namespace hashlens {
namespace {

// Paths by whole names, unlike the catalog's own way.
std::vector<std::string> Names(const std::string& path) {
  std::vector<std::string> names;
  for (const Path& name : Path(path)) names.push_back(name.native());
  return names;
}

bool IsAtOrBelow(const std::string& path, const std::string& place) {
  const std::vector<std::string> names = Names(path);
  const std::vector<std::string> start = Names(place);
  return start.size() <= names.size() && std::equal(start.begin(), start.end(), names.begin());
}

bool NaivelyMeets(const ImageRow& image, const Tags& tags, const ImageFilter& filter) {
  for (const auto& [key, value] : filter.tags) {
    if (std::ranges::count(tags, std::pair(key, value)) == 0) return false;
  }
  if (filter.added_since && image.added_at_ms < *filter.added_since) return false;
  if (filter.under.empty()) return true;
  return std::ranges::any_of(filter.under, [&](const RootedPath& place) {
    return place.root == image.root && IsAtOrBelow(image.path, place.path);
  });
}

class CatalogFilter : public testing::TestWithParam<unsigned> {
 protected:
  size_t Below(size_t limit) { return random_() % limit; }

  std::string RandomPath() {
    static const char* const kNames[] = {"a", "b", "a!", "a0", "a\xff", "ab"};
    std::string path = kNames[Below(std::size(kNames))];
    for (size_t depth = Below(3); depth > 0; --depth)
      path.append("/").append(kNames[Below(std::size(kNames))]);
    return path;
  }
  Tags RandomTags() {
    Tags tags;
    for (size_t i = Below(3); i > 0; --i)
      tags.emplace_back(Below(2) ? "label" : "trip", std::string(1 + Below(2), 'v'));
    return tags;
  }
  int64_t RandomTime() { return static_cast<int64_t>(Below(8)) - 1; }

  Catalog RandomCatalog() {
    Catalog catalog = std::move(Catalog::Create(file_, TestMeta())).value();
    for (const char* root : {"/one", "/two"}) EXPECT_TRUE(catalog.AddRoot(root, root).ok());
    uint64_t next = 1;
    for (uint64_t segment = 1; segment <= 6; ++segment) {
      std::set<std::string> paths;
      for (size_t i = 1 + Below(30); i > 0; --i) paths.insert(RandomPath());
      CatalogBatch batch =
          TestBatch(segment, next, 1 + Below(2), {paths.begin(), paths.end()}, RandomTags());
      for (ImageRow& image : batch.images) image.added_at_ms = RandomTime();
      EXPECT_TRUE(catalog.Commit(batch).ok());
      next += batch.images.size();
    }
    std::vector<uint64_t> some;
    for (size_t i = Below(40); i > 0; --i) some.push_back(1 + Below(next));
    EXPECT_TRUE(catalog.ChangeTags(some, {RandomTags(), {}, {}}).ok());
    EXPECT_TRUE(catalog.RemoveImages({some.begin(), some.begin() + some.size() / 2}).ok());
    return catalog;
  }

  ImageFilter RandomFilter() {
    ImageFilter filter;
    if (Below(2)) {
      for (const auto& [key, value] : RandomTags()) filter.tags.push_back({key, value});
      if (Below(8) == 0) filter.tags.push_back({"never", "given"});
    }
    if (Below(2)) {
      for (size_t i = Below(3); i > 0; --i)
        filter.under.push_back({1 + Below(2), Below(4) == 0 ? "" : RandomPath()});
    }
    if (Below(2)) filter.added_since = RandomTime();
    return filter;
  }

  TempFolder folder_;
  Path file_ = folder_.path() / "catalog.db";
  std::mt19937 random_{GetParam()};
};

TEST_P(CatalogFilter, FindsWhatANaiveFilterFinds) {
  const Catalog catalog = RandomCatalog();
  for (int round = 0; round < 100; ++round) {
    const ImageFilter filter = RandomFilter();
    std::string expected;
    std::string found;
    ASSERT_TRUE(catalog
                    .ForEachImage([&](const ImageRow& image) -> Status {
                      HL_ASSIGN(const Tags tags, catalog.ImageTags(image.id));
                      if (NaivelyMeets(image, tags, filter)) expected += Line(image);
                      return {};
                    })
                    .ok());
    const Status status = catalog.ForEachMatch(filter, [&](const ImageRow& image) -> Status {
      found += Line(image);
      return {};
    });
    ASSERT_TRUE(status.ok()) << status.message();
    ASSERT_EQ(found, expected) << round;
  }
}

TEST_P(CatalogFilter, TagsAreCounted) {
  const Catalog catalog = RandomCatalog();
  std::map<std::pair<std::string, std::string>, uint64_t> expected;
  ASSERT_TRUE(catalog
                  .ForEachImage([&](const ImageRow& image) -> Status {
                    HL_ASSIGN(const Tags tags, catalog.ImageTags(image.id));
                    for (const auto& tag : tags) ++expected[tag];
                    return {};
                  })
                  .ok());
  const auto counts = catalog.TagCounts();
  ASSERT_TRUE(counts.ok());
  EXPECT_EQ(counts->size(), expected.size());
  uint64_t last = UINT64_MAX;
  for (const CatalogTagCount& count : *counts) {
    EXPECT_EQ(expected.at({count.key, count.value}), count.images);
    EXPECT_LE(count.images, last);
    last = count.images;
  }
}

INSTANTIATE_TEST_SUITE_P(Catalogs, CatalogFilter, testing::Range(0u, 10u));

TEST(CatalogFilterDamage, LostRowsAreNoticed) {
  for (const char* sql :
       {"DELETE FROM images WHERE id=2", "DELETE FROM image_tags WHERE image=2", "DELETE FROM tags",
        "UPDATE image_tags SET crc=crc+1", "UPDATE images SET added_at_ms=1"}) {
    const TempFolder folder;
    const Path file = folder.path() / "catalog.db";
    {
      Catalog catalog = std::move(Catalog::Create(file, TestMeta())).value();
      ASSERT_TRUE(catalog.AddRoot("/photos", "photos").ok());
      ASSERT_TRUE(catalog.Commit(TestBatch(1, 1, 1, {"a", "b", "c"}, {{"k", "v"}})).ok());
    }
    auto connection = SqliteConnection::Open(file, SqliteConnection::Mode::kWrite);
    ASSERT_TRUE(connection.ok() && (*connection)->Execute(sql).ok());
    const auto catalog = Catalog::Open(file, Catalog::Mode::kRead);
    ASSERT_TRUE(catalog.ok());
    ImageFilter filter;
    filter.tags = {{"k", "v"}};
    filter.added_since = 2;
    const Status status = catalog->ForEachMatch(filter, [](const ImageRow&) { return Status(); });
    EXPECT_EQ(status.code(), StatusCode::kCorruption) << sql;
  }
}

}  // namespace
}  // namespace hashlens
