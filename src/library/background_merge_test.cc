// Merging while commits go on, against plain maps of what was committed and removed.
#include "library/background_merge.h"

#include <algorithm>

#include "base/half.h"
#include "library/feature_maker.h"
#include "library/segment_files.h"
#include "library/segment_writer.h"
#include "library/snapshot.h"
#include "library/test_library.h"

namespace hashlens {
namespace {

namespace fs = std::filesystem;

class BackgroundMergeTest : public LibraryTest {
 protected:
  void SetUp() override {
    LibraryTest::SetUp();
    auto writer = Writer();
    ASSERT_TRUE(writer.ok()) << writer.status().message();
    lock_.emplace(std::move(*writer));
    auto catalog = Catalog::Open(layout().Catalog(), Catalog::Mode::kWrite);
    ASSERT_TRUE(catalog.ok());
    catalog_.emplace(std::move(*catalog));
    ASSERT_TRUE(catalog_->AddRoot("/photos", "").ok());
    auto head = LoadHead(layout(), *catalog_->ReadMeta());
    ASSERT_TRUE(head.ok());
    head_ = std::move(*head);
    Restart();
  }

  const Layout& layout() const { return layout_; }

  void Restart() {
    const auto state = catalog_->ReadSnapshot();
    ASSERT_TRUE(state.ok());
    next_segment_ = *NextSegment(layout(), state->segments);
    stop_ = std::stop_source();
    merge_.emplace(layout(), &*catalog_, head_, state->segments, stop_.get_token());
  }

  // As an index run does; the images' paths are the given ones.
  Status Commit(const std::vector<std::string>& paths) {
    const auto meta = catalog_->ReadMeta();
    EXPECT_TRUE(meta.ok());
    auto writer = SegmentWriter::Create(layout(), next_segment_, *meta, head_, FeatureType::kFp16);
    EXPECT_TRUE(writer.ok());
    CatalogBatch batch;
    for (const std::string& path : paths) {
      std::vector<float> feature(kTestDim);
      for (float& value : feature) value = static_cast<float>(random_() % 1000) - 500.0F;
      NormaliseAndRound(feature);
      const uint64_t id = meta->next_id + batch.images.size();
      EXPECT_TRUE(writer->Append(id, feature).ok());
      batch.images.push_back({id, 1, path, {1, 2}, 16, 16, "ppm", 3});
      if (const auto old = by_path_.find(path); old != by_path_.end()) live_.erase(old->second);
      by_path_[path] = id;
      live_[id] = std::move(feature);
    }
    auto segment = writer->Finish();
    EXPECT_TRUE(segment.ok()) << segment.status().message();
    batch.segment = *segment;
    const Status status = catalog_->Commit(batch);
    EXPECT_TRUE(status.ok()) << status.message();
    ++next_segment_;
    return merge_->AfterCommit(*batch.segment, &next_segment_);
  }
  Status CommitNew(size_t rows = 1) {
    std::vector<std::string> paths;
    while (paths.size() < rows) paths.push_back("new" + std::to_string(next_path_++));
    return Commit(paths);
  }
  // Until a merge is about to begin at the next commit.
  void FillUp() {
    while (catalog_->ReadSnapshot()->segments.size() < kManySegments) ASSERT_TRUE(CommitNew().ok());
  }

  void Remove(uint64_t id) { EXPECT_EQ(*catalog_->RemoveImages({id}), live_.erase(id)); }

  // Every image that is to be there, with its feature and code, and nothing else, on disk as well.
  void ExpectWhole() {
    const auto snapshot = Snapshot::Load(layout(), *catalog_);
    ASSERT_TRUE(snapshot.ok()) << snapshot.status().message();
    EXPECT_EQ((*snapshot)->live_rows(), live_.size());
    for (const auto& [id, feature] : live_) {
      const auto row = (*snapshot)->RowOf(id);
      ASSERT_TRUE(row.has_value()) << id;
      StoredRows stored;
      ASSERT_TRUE((*snapshot)->ReadFeature(*row, &stored).ok());
      std::vector<uint8_t> code(CodeBytes(head_.bits));
      ApplyHead(head_, feature, code);
      EXPECT_TRUE(std::ranges::equal(stored.values, feature, {}, FloatFromHalf)) << id;
      CodeQuery itself;
      itself.k = 1;
      itself.radius = 0;
      Bitmap only((*snapshot)->rows());
      only.Set(*row);
      itself.allowed = &only;
      EXPECT_EQ((*snapshot)->codes().Search(code, itself)[0].size(), 1u) << id;
    }
    const auto files =
        std::distance(fs::directory_iterator(layout().Segments()), fs::directory_iterator());
    EXPECT_EQ(static_cast<size_t>(files), 2 * (*snapshot)->segments().size());
    EXPECT_TRUE(Problems().empty());
  }

  std::mt19937 random_{5};
  Layout layout_{library()};
  std::optional<LibraryWriter> lock_;
  std::optional<Catalog> catalog_;
  HashHead head_;
  std::map<uint64_t, std::vector<float>> live_;
  std::map<std::string, uint64_t> by_path_;
  uint64_t next_segment_ = 1;
  uint64_t next_path_ = 1;
  std::stop_source stop_;
  std::optional<BackgroundMerge> merge_;
};

TEST_F(BackgroundMergeTest, CommitsAndRemovalsGoOnMeanwhile) {
  for (int i = 0; i < 400; ++i) {
    if (random_() % 3 == 0 && !live_.empty()) {
      // An old image as often as a new one: in a segment that is being merged, or behind it.
      const uint64_t last = live_.rbegin()->first;
      Remove(random_() % 2 == 0 ? last : random_() % last + 1);
    }
    std::vector<std::string> paths = {"p" + std::to_string(random_() % 150)};
    if (random_() % 2 == 0) paths.push_back("q" + std::to_string(random_() % 150));
    const Status status = Commit(paths);
    ASSERT_TRUE(status.ok()) << status.message();
    ASSERT_LE(catalog_->ReadSnapshot()->segments.size(), 2 * kManySegments);
  }
  const Status status = merge_->Finish(&next_segment_);
  ASSERT_TRUE(status.ok()) << status.message();
  EXPECT_LE(catalog_->ReadSnapshot()->segments.size(), kManySegments);
  ExpectWhole();
}

TEST_F(BackgroundMergeTest, WhatIsRemovedMeanwhileStaysRemoved) {
  FillUp();
  Remove(2);
  ASSERT_TRUE(CommitNew().ok());  // begins to merge
  Remove(5);
  ASSERT_TRUE(Commit({"new7"}).ok());  // replaces image 7
  ASSERT_TRUE(CommitNew().ok());
  Remove(live_.rbegin()->first);
  const uint64_t last = *catalog_->ReadSnapshot()->removed.rbegin();
  ASSERT_TRUE(merge_->Finish(&next_segment_).ok());
  const auto state = catalog_->ReadSnapshot();
  EXPECT_EQ(state->removed, (std::vector<uint64_t>{5, 7, last}));  // 2 is gone for good
  EXPECT_LE(state->segments.size(), 3u);
  EXPECT_EQ(state->segments[0].rows, kManySegments);
  ExpectWhole();
  ASSERT_TRUE(CommitNew().ok());  // its number has not been used
  ExpectWhole();
}

TEST_F(BackgroundMergeTest, StoppedOrDroppedItLeavesNothingBehind) {
  FillUp();
  ASSERT_TRUE(CommitNew(3).ok());
  merge_.reset();
  EXPECT_EQ(catalog_->ReadSnapshot()->segments.size(), kManySegments + 1);
  ExpectWhole();
  Restart();
  stop_.request_stop();
  EXPECT_EQ(CommitNew().code(), StatusCode::kCancelled);
  EXPECT_EQ(merge_->Finish(&next_segment_).code(), StatusCode::kCancelled);
  EXPECT_EQ(catalog_->ReadSnapshot()->segments.size(), kManySegments + 2);
  ExpectWhole();
  Restart();
  ASSERT_TRUE(CommitNew().ok());
  stop_.request_stop();  // in the middle, or when it has just ended
  const Status status = merge_->Finish(&next_segment_);
  EXPECT_TRUE(status.ok() || status.code() == StatusCode::kCancelled) << status.message();
  ExpectWhole();
}

TEST_F(BackgroundMergeTest, AFailureStopsNobodyAndIsTriedAgainLater) {
  FillUp();
  const auto state = catalog_->ReadSnapshot();
  const Path codes = layout().Segment(state->segments[20].codes_file);
  const std::string intact = ReadWhole(codes);
  std::string damaged = intact;
  damaged.back() = static_cast<char>(damaged.back() ^ 1);
  WriteWhole(codes, damaged);
  Status failure;
  int failures = 0;
  for (size_t i = 0; i < kManySegments; ++i) {
    const Status status = CommitNew();
    if (!status.ok()) failure = status;
    failures += status.ok() ? 0 : 1;
  }
  const Status last = merge_->Finish(&next_segment_);
  if (!last.ok()) failure = last;
  failures += last.ok() ? 0 : 1;
  EXPECT_EQ(failures, 1);
  EXPECT_EQ(failure.code(), StatusCode::kCorruption);
  EXPECT_NE(failure.message().find(codes.filename().native()), std::string::npos);
  WriteWhole(codes, intact);
  ExpectWhole();
  while (catalog_->ReadSnapshot()->segments.size() > kManySegments && live_.size() < 200)
    ASSERT_TRUE(CommitNew().ok());
  EXPECT_TRUE(merge_->Finish(&next_segment_).ok());
  EXPECT_LT(live_.size(), 200u);
  ExpectWhole();
}

TEST_F(BackgroundMergeTest, AnIndexRunThatCannotMergeSaysSoOnce) {
  FillUp();
  const auto state = catalog_->ReadSnapshot();
  const Path codes = layout().Segment(state->segments[20].codes_file);
  std::string damaged = ReadWhole(codes);
  damaged.back() = static_cast<char>(damaged.back() ^ 1);
  WriteWhole(codes, damaged);
  merge_.reset();
  catalog_.reset();
  lock_.reset();
  for (uint64_t i = 0; i < 80; ++i) WritePicture(pictures() / (std::to_string(i) + ".ppm"), i);
  IndexOptions options;
  options.batch = 1;
  const IndexReport report = Index(options);
  EXPECT_EQ(report.added, 80u);
  ASSERT_EQ(report.warnings.size(), 1u);
  EXPECT_NE(report.warnings[0].find("were not merged"), std::string::npos) << report.warnings[0];
}

}  // namespace
}  // namespace hashlens
