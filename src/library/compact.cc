#include "library/compact.h"

#include <algorithm>

#include "base/try.h"
#include "library/segment_files.h"
#include "library/segment_writer.h"

namespace hashlens {
namespace {

constexpr uint64_t kProgressRows = 1024;

class Compactor {
 public:
  Compactor(const Layout& layout, const CatalogSnapshot& state, const HashHead& head,
            const ProgressFunction& progress, std::stop_token stop, uint64_t merged_rows,
            bool purge)
      : layout_(layout),
        state_(state),
        head_(head),
        progress_(progress),
        stop_(std::move(stop)),
        merged_rows_(merged_rows),
        purge_(purge) {
    for (const SegmentRow& segment : state.segments) total_ += segment.rows;
  }

  Result<CatalogRewrite> Run() {
    HL_ASSIGN(next_segment_, NextSegment(layout_, state_.segments));
    for (size_t i = 0; i < state_.segments.size(); ++i) {
      if (IsLargeEnough(i)) HL_TRY(FinishSegment());
      if (!writer_ && !IsWorthRewriting(i)) {
        rewrite_.segments.push_back(state_.segments[i]);
        done_ += state_.segments[i].rows;
        continue;
      }
      HL_TRY(CopyRows(state_.segments[i]));
      if (writer_ && writer_->rows() >= merged_rows_) HL_TRY(FinishSegment());
    }
    HL_TRY(FinishSegment());
    rewrite_.purged = purged_;
    return std::move(rewrite_);
  }

 private:
  bool HasRemoved(const SegmentRow& segment) const {
    const auto first =
        std::lower_bound(state_.removed.begin(), state_.removed.end(), segment.first_image);
    return first != state_.removed.end() && *first <= segment.last_image;
  }

  bool HasRowsToDrop(size_t i) const { return purge_ && HasRemoved(state_.segments[i]); }

  // Stays as it is, whatever comes before it.
  bool IsLargeEnough(size_t i) const {
    return state_.segments[i].rows >= merged_rows_ && !HasRowsToDrop(i);
  }

  // Too small beside a neighbour that it could join, or with rows to drop.
  bool IsWorthRewriting(size_t i) const {
    const SegmentRow& segment = state_.segments[i];
    if (HasRowsToDrop(i)) return true;
    const bool has_next = i + 1 < state_.segments.size();
    return has_next && segment.rows + state_.segments[i + 1].rows <= merged_rows_;
  }

  Status CopyRows(const SegmentRow& segment) {
    HL_ASSIGN(const SegmentFiles files, OpenSegment(layout_, state_, segment));
    const FeatureFile& features = files.features;
    const SegmentCodes& codes = files.codes;
    const size_t bytes = CodeBytes(codes.bits);
    for (uint64_t row = 0; row < codes.ids.size(); ++row) {
      if (row % kProgressRows == 0) {
        if (stop_.stop_requested()) return Cancelled("stopped; the library is as it was");
        if (progress_) progress_({"compacting", done_ + row, total_, 0, 0});
      }
      const uint64_t id = codes.ids[row];
      if (std::binary_search(state_.removed.begin(), state_.removed.end(), id)) {
        purged_.push_back(id);
        continue;
      }
      if (!writer_) {
        HL_ASSIGN(SegmentWriter writer,
                  SegmentWriter::Create(layout_, next_segment_++, state_.meta, head_));
        writer_.emplace(std::move(writer));
      }
      HL_ASSIGN(const std::vector<uint16_t> feature, features.Rows(row, 1));
      HL_TRY(
          writer_->AppendStored(id, feature, std::span(codes.codes).subspan(row * bytes, bytes)));
    }
    done_ += segment.rows;
    return {};
  }

  Status FinishSegment() {
    if (!writer_) return {};
    HL_ASSIGN(const SegmentRow row, writer_->Finish());
    rewrite_.segments.push_back(row);
    writer_.reset();
    return {};
  }

  const Layout& layout_;
  const CatalogSnapshot& state_;
  const HashHead& head_;
  const ProgressFunction& progress_;
  std::stop_token stop_;
  uint64_t merged_rows_;
  bool purge_;
  CatalogRewrite rewrite_;
  std::optional<SegmentWriter> writer_;
  std::vector<uint64_t> purged_;
  uint64_t next_segment_ = 1;
  uint64_t done_ = 0;
  uint64_t total_ = 0;
};

// What the library is made of afterwards.
Result<CatalogRewrite> RewriteSegments(const Layout& layout, Catalog* catalog,
                                       const CatalogSnapshot& state, Compactor compactor) {
  HL_TRY(CheckSegmentFiles(layout, state));
  HL_ASSIGN(CatalogRewrite rewrite, compactor.Run());
  if (rewrite.segments != state.segments) HL_TRY(catalog->Rewrite(state, rewrite));
  return rewrite;
}

constexpr uint64_t kFirstTierRows = 4096;
constexpr uint64_t kTierGrowth = 4;

// How many small segments stay when neighbours of fewer than `rows` rows are merged.
size_t SmallSegmentsAfter(const std::vector<SegmentRow>& segments, uint64_t rows) {
  size_t small = 0;
  uint64_t merged = 0;  // rows of the segment that grows
  for (const SegmentRow& segment : segments) {
    if (segment.rows >= rows) {
      merged = 0;
      if (segment.rows < kMergedRows) ++small;
      continue;
    }
    if (merged == 0) ++small;
    merged += segment.rows;
    if (merged >= rows) merged = 0;
  }
  return small;
}

}  // namespace

Result<CompactReport> CompactSegments(const Layout& layout, Catalog* catalog, const HashHead& head,
                                      const ProgressFunction& progress, std::stop_token stop,
                                      uint64_t merged_rows) {
  HL_ASSIGN(const CatalogSnapshot state, catalog->ReadSnapshot());
  HL_ASSIGN(const CatalogRewrite rewrite,
            RewriteSegments(
                layout, catalog, state,
                Compactor(layout, state, head, progress, std::move(stop), merged_rows, true)));
  return CompactReport{state.segments.size(), rewrite.segments.size(), rewrite.purged.size(), {}};
}

Result<bool> MergeWhenMany(const Layout& layout, Catalog* catalog, const HashHead& head,
                           std::stop_token stop) {
  HL_ASSIGN(const CatalogSnapshot state, catalog->ReadSnapshot());
  if (SmallSegmentsAfter(state.segments, 1) <= kManySegments) return false;
  uint64_t rows = kFirstTierRows;
  while (rows < kMergedRows && SmallSegmentsAfter(state.segments, rows) > kManySegments / 2)
    rows *= kTierGrowth;
  HL_ASSIGN(const CatalogRewrite rewrite,
            RewriteSegments(layout, catalog, state,
                            Compactor(layout, state, head, {}, std::move(stop), rows, false)));
  for (const SegmentRow& segment : state.segments) {
    if (std::ranges::find(rewrite.segments, segment) != rewrite.segments.end()) continue;
    std::error_code ignored;  // the next writer removes what is left
    std::filesystem::remove(layout.Segment(segment.features_file), ignored);
    std::filesystem::remove(layout.Segment(segment.codes_file), ignored);
  }
  return rewrite.segments != state.segments;
}

}  // namespace hashlens
