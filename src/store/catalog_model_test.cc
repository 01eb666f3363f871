// The catalog against a model of it in plain maps, over random histories.
#include <gtest/gtest.h>

#include <algorithm>
#include <map>
#include <random>
#include <set>
#include <utility>

#include "base/temp_folder.h"
#include "store/catalog.h"
#include "store/catalog_test_util.h"

namespace hashlens {
namespace {

using Place = std::pair<uint64_t, std::string>;  // root, path

struct Model {
  std::map<uint64_t, ImageRow> images;
  std::map<uint64_t, std::set<std::pair<std::string, std::string>>> tags;
  std::map<Place, FailureRow> failures;
  std::set<uint64_t> removed;
  std::vector<SegmentRow> segments;
  uint64_t next_id = 1;
  uint64_t next_segment = 1;

  const ImageRow* At(const Place& place) const {
    for (const auto& [id, image] : images) {
      if (Place(image.root, image.path) == place) return &image;
    }
    return nullptr;
  }
  void Remove(uint64_t id) {
    images.erase(id);
    tags.erase(id);
    removed.insert(id);
  }
  void RemoveKeys(uint64_t id, const std::vector<std::string>& keys) {
    for (const std::string& key : keys)
      std::erase_if(tags[id], [&](const auto& tag) { return tag.first == key; });
  }
};

class CatalogModel : public testing::TestWithParam<unsigned> {
 protected:
  void SetUp() override {
    auto catalog = Catalog::Create(file_, TestMeta());
    ASSERT_TRUE(catalog.ok());
    catalog_.emplace(std::move(catalog).value());
    for (const char* root : {"/one", "/two"}) {
      for (int twice = 0; twice < 2; ++twice)
        ASSERT_TRUE(catalog_->AddRoot(root, std::string("..") + root).ok());
    }
    ASSERT_EQ(catalog_->Roots()->size(), 2u);
  }

  size_t Below(size_t limit) { return random_() % limit; }
  Place RandomPlace() {
    static const char* const kPaths[] = {"a",     "a/b", "a/c",   "a!",  "a0",
                                         "d/e/f", "d/e", "z\xff", "\x01"};
    return {1 + Below(2), kPaths[Below(std::size(kPaths))]};
  }
  FileStamp RandomStamp() { return {Below(2), static_cast<int64_t>(Below(2)) - 1}; }
  Tags RandomTags() {
    Tags tags;
    for (size_t i = Below(3); i > 0; --i)
      tags.emplace_back(Below(2) ? "k" : "", std::string(Below(3), 'v'));
    return tags;
  }
  std::vector<uint64_t> RandomIds() {
    std::vector<uint64_t> ids;
    for (size_t i = Below(4); i > 0; --i) ids.push_back(Below(model_.next_id + 1));
    return ids;
  }

  void Commit() {
    CatalogBatch batch;
    batch.tags = RandomTags();
    batch.own_keys = RandomKeys();
    uint64_t id = model_.next_id + Below(3);  // numbers may be left out
    const uint64_t first = id;
    for (size_t i = Below(5); i > 0; --i, id += 1 + Below(2)) {
      const Place place = RandomPlace();
      batch.images.push_back(TestImage(id, place.first, place.second, RandomStamp()));
    }
    if (!batch.images.empty()) {
      batch.segment = TestSegment(model_.next_segment++, first, id, batch.images.size());
      model_.segments.push_back(*batch.segment);
      model_.next_id = id + 1;
    }
    for (size_t i = Below(3); i > 0; --i) {
      const Place place = RandomPlace();
      batch.failures.push_back({place.first, place.second, RandomStamp(), Below(2) == 0, "why", 7});
    }
    const Status status = catalog_->Commit(batch);
    ASSERT_TRUE(status.ok()) << status.message();
    for (const ImageRow& image : batch.images) {
      const Place place(image.root, image.path);
      std::set<std::pair<std::string, std::string>> tags(batch.tags.begin(), batch.tags.end());
      if (const ImageRow* old = model_.At(place)) {
        model_.RemoveKeys(old->id, batch.own_keys);
        tags.merge(model_.tags[old->id]);
        model_.Remove(old->id);
      }
      model_.failures.erase(place);
      model_.images[image.id] = image;
      model_.tags[image.id] = tags;
    }
    for (const FailureRow& failure : batch.failures) {
      model_.failures[Place(failure.root, failure.path)] = failure;
    }
  }

  void RemoveSome() {
    const std::vector<uint64_t> ids = RandomIds();
    uint64_t expected = 0;
    for (const uint64_t id : ids) {
      if (!model_.images.contains(id)) continue;
      model_.Remove(id);
      ++expected;
    }
    auto count = catalog_->RemoveImages(ids);
    ASSERT_TRUE(count.ok());
    EXPECT_EQ(*count, expected);
    const Place place = RandomPlace();
    ASSERT_TRUE(catalog_->RemoveFailures(place.first, {place.second, "none"}).ok());
    model_.failures.erase(place);
  }

  std::vector<std::string> RandomKeys() {
    return Below(3) ? std::vector<std::string>() : std::vector<std::string>{Below(2) ? "k" : ""};
  }

  void ChangeTags() {
    const std::vector<uint64_t> ids = RandomIds();
    const CatalogTagChange change{RandomTags(), Below(2) ? RandomTags() : Tags(), RandomKeys()};
    const auto changed = catalog_->ChangeTags(ids, change);
    ASSERT_TRUE(changed.ok());
    uint64_t expected = 0;
    for (const uint64_t id : ids) {
      if (!model_.images.contains(id)) continue;
      const auto before = model_.tags[id];
      for (const auto& tag : change.remove) model_.tags[id].erase(tag);
      model_.RemoveKeys(id, change.keys);
      model_.tags[id].insert(change.add.begin(), change.add.end());
      if (model_.tags[id] != before) ++expected;
    }
    EXPECT_EQ(*changed, expected);
  }

  // Compaction: all images in one segment, or in none when there are none. Other steps may come
  // between its two halves.
  void BeginRewrite() {
    auto from = catalog_->ReadSnapshot();
    ASSERT_TRUE(from.ok());
    rewrite_.emplace(std::move(*from), CatalogRewrite());
    CatalogRewrite& rewrite = rewrite_->second;
    rewrite.purged = rewrite_->first.removed;
    if (!model_.images.empty()) {
      rewrite.segments = {TestSegment(model_.next_segment++, model_.images.begin()->first,
                                      model_.images.rbegin()->first, model_.images.size())};
    }
  }

  void EndRewrite() {
    if (!rewrite_) return BeginRewrite();
    const auto& [from, rewrite] = *rewrite_;
    const Status status = catalog_->Rewrite(from, rewrite);
    const auto [known, added] = std::ranges::mismatch(from.segments, model_.segments);
    if (known != from.segments.end()) {  // another one came first
      EXPECT_EQ(status.code(), StatusCode::kInvalidArgument);
    } else {
      ASSERT_TRUE(status.ok()) << status.message();
      std::vector<SegmentRow> segments = rewrite.segments;
      if (added != model_.segments.end()) ++grown_;
      segments.insert(segments.end(), added, model_.segments.end());
      model_.segments = segments;
      for (const uint64_t id : rewrite.purged) model_.removed.erase(id);
    }
    rewrite_.reset();
  }

  void Rewrite() {
    auto other = std::exchange(rewrite_, std::nullopt);
    BeginRewrite();
    EndRewrite();
    rewrite_ = std::move(other);
  }

  FileState StateOf(const Place& place, const FileStamp& stamp) const {
    const ImageRow* image = model_.At(place);
    if (image && image->stamp == stamp) return FileState::kUnchanged;
    const auto failure = model_.failures.find(place);
    if (failure == model_.failures.end()) return image ? FileState::kChanged : FileState::kNew;
    if (failure->second.stamp != stamp) return FileState::kChanged;
    return failure->second.skipped ? FileState::kSkippedBefore : FileState::kFailedBefore;
  }

  void Scan() {
    ASSERT_TRUE(catalog_->BeginScan().ok());
    ASSERT_EQ(catalog_->queued(), 0u);
    std::map<Place, FileState> seen;
    std::vector<Place> queue;
    const bool retry = Below(2) == 0;
    for (size_t i = Below(15); i > 0; --i) {
      const Place place = RandomPlace();
      const FileStamp stamp = RandomStamp();
      const auto [entry, is_new] = seen.emplace(place, StateOf(place, stamp));
      auto state = catalog_->AddFile(place.first, place.second, stamp, retry, false);
      ASSERT_TRUE(state.ok()) << state.status().message();
      ASSERT_EQ(*state, entry->second);
      const bool read = *state == FileState::kNew || *state == FileState::kChanged ||
                        (*state == FileState::kFailedBefore && retry);
      if (is_new && read) queue.push_back(place);
    }
    ASSERT_EQ(catalog_->queued(), queue.size());
    std::vector<Place> queued;
    for (uint64_t after = 0;;) {
      auto items = catalog_->Queued(after, 2);
      ASSERT_TRUE(items.ok());
      if (items->empty()) break;
      for (const WorkItem& item : *items) {
        ASSERT_EQ(item.sequence, ++after);
        queued.emplace_back(item.root, item.path);
      }
    }
    EXPECT_EQ(queued, queue);

    const std::string prefix = Below(2) ? "" : Below(2) ? "a" : "d/e";
    const auto under = [&](const std::string& path) {
      return prefix.empty() || path == prefix || path.starts_with(prefix + "/");
    };
    std::vector<std::string> expected;
    std::map<std::string, uint64_t> in_order;
    for (const auto& [id, image] : model_.images) {
      if (image.root == 1 && under(image.path)) in_order[image.path] = id;
    }
    for (const auto& [path, id] : in_order) {
      if (!seen.contains({1, path})) expected.push_back(path);
    }
    std::vector<std::string> unseen;
    const auto note = [&](const ImageRow& image) -> Status {
      unseen.push_back(image.path);
      return {};
    };
    ASSERT_TRUE(catalog_->ForEachUnseenImage(1, prefix, note).ok());
    EXPECT_EQ(unseen, expected);
    ASSERT_TRUE(catalog_->ForgetUnseenFailures(1, prefix).ok());
    std::erase_if(model_.failures, [&](const auto& failure) {
      return failure.first.first == 1 && under(failure.first.second) &&
             !seen.contains(failure.first);
    });
    ASSERT_TRUE(catalog_->ForgetMendedFailures().ok());
    std::erase_if(model_.failures, [&](const auto& failure) {
      const auto state = seen.find(failure.first);
      return state != seen.end() && state->second == FileState::kUnchanged;
    });
  }

  void Reopen() {
    catalog_.reset();
    auto catalog = Catalog::Open(file_, Catalog::Mode::kWrite);
    ASSERT_TRUE(catalog.ok()) << catalog.status().message();
    catalog_.emplace(std::move(catalog).value());
  }

  void Compare() {
    const Status healthy = catalog_->Verify();
    ASSERT_TRUE(healthy.ok()) << healthy.message();
    auto snapshot = catalog_->ReadSnapshot();
    ASSERT_TRUE(snapshot.ok());
    EXPECT_EQ(snapshot->meta.next_id, model_.next_id);
    EXPECT_EQ(snapshot->segments, model_.segments);
    EXPECT_EQ(std::set<uint64_t>(snapshot->removed.begin(), snapshot->removed.end()),
              model_.removed);
    std::string found;
    std::string expected;
    ASSERT_TRUE(catalog_
                    ->ForEachImage([&](const ImageRow& image) -> Status {
                      found += Line(image);
                      return {};
                    })
                    .ok());
    ASSERT_TRUE(catalog_
                    ->ForEachFailure(true,
                                     [&](const FailureRow& failure) -> Status {
                                       found += Line(failure);
                                       return {};
                                     })
                    .ok());
    std::map<std::pair<std::string, std::string>, std::vector<uint64_t>> by_tag;
    std::map<std::string, std::set<uint64_t>> with_key;
    for (const auto& [id, image] : model_.images) {
      expected += Line(image);
      const auto& tags = model_.tags[id];
      EXPECT_EQ(*catalog_->ImageTags(id), Tags(tags.begin(), tags.end()));
      for (const auto& tag : tags) {
        by_tag[tag].push_back(id);
        with_key[tag.first].insert(id);
      }
    }
    uint64_t skipped = 0;
    for (const auto& [place, failure] : model_.failures) {
      expected += Line(failure);
      if (failure.skipped) ++skipped;
    }
    EXPECT_EQ(found, expected);
    for (const auto& [tag, ids] : by_tag)
      EXPECT_EQ(*catalog_->ImagesWithTags({{tag.first, tag.second}}), ids);
    EXPECT_EQ(catalog_->ImagesWithTags({})->size(), model_.images.size());
    for (const auto& [key, ids] : with_key) {
      EXPECT_EQ(*catalog_->ImagesWithKey(key), std::vector<uint64_t>(ids.begin(), ids.end()));
    }
    EXPECT_TRUE(catalog_->ImagesWithKey("never")->empty());
    std::vector<uint64_t> both;
    for (const auto& [id, image] : model_.images) {
      if (model_.tags[id].contains({"k", "v"}) && model_.tags[id].contains({"", "v"}))
        both.push_back(id);
    }
    EXPECT_EQ(*catalog_->ImagesWithTags({{"k", "v"}, {"", "v"}}), both);
    EXPECT_TRUE(catalog_->ImagesWithTags({{"k", "never"}})->empty());
    auto counts = catalog_->Counts();
    ASSERT_TRUE(counts.ok());
    EXPECT_EQ(counts->images, model_.images.size());
    EXPECT_EQ(counts->removed, model_.removed.size());
    EXPECT_EQ(counts->skipped, skipped);
    EXPECT_EQ(counts->failures, model_.failures.size() - skipped);
    const Place place = RandomPlace();
    auto at = catalog_->FindImageByPath(place.first, place.second);
    ASSERT_TRUE(at.ok());
    const ImageRow* image = model_.At(place);
    EXPECT_EQ(*at ? Line(**at) : "", image ? Line(*image) : "");
  }

  TempFolder folder_;
  Path file_ = folder_.path() / "catalog.db";
  std::mt19937 random_{GetParam()};
  std::optional<Catalog> catalog_;
  Model model_;
  std::optional<std::pair<CatalogSnapshot, CatalogRewrite>> rewrite_;  // begun
  int grown_ = 0;  // rewrites that segments were added to meanwhile
};

TEST_P(CatalogModel, AgreesAfterEveryStep) {
  for (int step = 0; step < 120 && !HasFatalFailure(); ++step) {
    switch (Below(13)) {
      case 0:
      case 1:
      case 2:
      case 3:
        Commit();
        break;
      case 4:
        RemoveSome();
        break;
      case 5:
        ChangeTags();
        break;
      case 6:
        Rewrite();
        break;
      case 7:
      case 8:
        Scan();
        break;
      case 9:
      case 10:
      case 11:
        EndRewrite();
        break;
      default:
        Reopen();
    }
    Compare();
  }
  EXPECT_GT(grown_, 0);
}

INSTANTIATE_TEST_SUITE_P(Histories, CatalogModel, testing::Range(0u, 12u));

}  // namespace
}  // namespace hashlens
