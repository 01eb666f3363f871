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
            const CopyPlan& plan, const ProgressFunction& progress, std::stop_token stop)
      : layout_(layout),
        state_(state),
        head_(head),
        plan_(plan),
        progress_(progress),
        stop_(std::move(stop)),
        next_segment_(plan.first_segment) {}
  Compactor(const Compactor&) = delete;
  Compactor& operator=(const Compactor&) = delete;

  ~Compactor() {
    writer_.reset();
    if (finished_) return;
    try {
      for (uint64_t id = plan_.first_segment; id < next_segment_; ++id) {
        RemoveQuietly(layout_.Segment(FeaturesName(id)));
        RemoveQuietly(layout_.Segment(CodesName(id, state_.meta.head_sha256)));
      }
    } catch (const std::bad_alloc&) {  // the next writer clears them away
    }
  }

  // Once.
  Result<CatalogRewrite> Run() {
    for (size_t i = 0; i < state_.segments.size(); ++i) {
      if (IsLargeEnough(i)) HL_TRY(FinishSegment());
      if (!writer_ && !IsWorthRewriting(i)) {
        rewrite_.segments.push_back(state_.segments[i]);
        done_ += state_.segments[i].rows;
        continue;
      }
      HL_TRY(CopyRows(state_.segments[i]));
      if (writer_ && writer_->rows() >= plan_.merged_rows) HL_TRY(FinishSegment());
    }
    HL_TRY(FinishSegment());
    finished_ = true;
    return std::move(rewrite_);
  }

 private:
  bool HasRemoved(const SegmentRow& segment) const {
    const auto first =
        std::lower_bound(state_.removed.begin(), state_.removed.end(), segment.first_image);
    return first != state_.removed.end() && *first <= segment.last_image;
  }

  bool HasRowsToDrop(size_t i) const { return plan_.purge && HasRemoved(state_.segments[i]); }

  // Stays as it is, whatever comes before it.
  bool IsLargeEnough(size_t i) const {
    return state_.segments[i].rows >= plan_.merged_rows && !HasRowsToDrop(i);
  }

  // Too small beside a neighbour that it could join, or with rows to drop.
  bool IsWorthRewriting(size_t i) const {
    const SegmentRow& segment = state_.segments[i];
    if (HasRowsToDrop(i)) return true;
    const bool has_next = i + 1 < state_.segments.size();
    return has_next && segment.rows + state_.segments[i + 1].rows <= plan_.merged_rows;
  }

  Status CopyRows(const SegmentRow& segment) {
    HL_ASSIGN(const SegmentFiles files, OpenSegment(layout_, state_, segment));
    const FeatureFile& features = files.features;
    const SegmentCodes& codes = files.codes;
    const size_t bytes = CodeBytes(codes.bits);
    for (uint64_t row = 0; row < codes.ids.size(); ++row) {
      if (row % kProgressRows == 0) {
        if (stop_.stop_requested()) return Cancelled("stopped; the library is as it was");
        if (progress_) progress_({"compacting", done_ + row, state_.rows(), 0, 0});
      }
      const uint64_t id = codes.ids[row];
      if (std::binary_search(state_.removed.begin(), state_.removed.end(), id)) {
        rewrite_.purged.push_back(id);
        continue;
      }
      if (!writer_) {
        HL_ASSIGN(SegmentWriter writer, SegmentWriter::Create(layout_, next_segment_++, state_.meta,
                                                              head_, features.type()));
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
  const CopyPlan plan_;
  const ProgressFunction& progress_;
  std::stop_token stop_;
  CatalogRewrite rewrite_;
  std::optional<SegmentWriter> writer_;
  uint64_t next_segment_;
  bool finished_ = false;
  uint64_t done_ = 0;
};

}  // namespace

Result<CatalogRewrite> CopySegments(const Layout& layout, const CatalogSnapshot& state,
                                    const HashHead& head, const CopyPlan& plan,
                                    const ProgressFunction& progress, std::stop_token stop) {
  HL_TRY(CheckSegmentFiles(layout, state));
  return Compactor(layout, state, head, plan, progress, std::move(stop)).Run();
}

Result<CompactReport> CompactSegments(const Layout& layout, Catalog* catalog, const HashHead& head,
                                      const ProgressFunction& progress, std::stop_token stop,
                                      uint64_t merged_rows) {
  HL_ASSIGN(const CatalogSnapshot state, catalog->ReadSnapshot());
  CopyPlan plan;
  plan.merged_rows = merged_rows;
  HL_ASSIGN(plan.first_segment, NextSegment(layout, state.segments));
  HL_ASSIGN(const CatalogRewrite rewrite,
            CopySegments(layout, state, head, plan, progress, std::move(stop)));
  if (rewrite.segments != state.segments) HL_TRY(catalog->Rewrite(state, rewrite));
  return CompactReport{
      state.segments.size(), rewrite.segments.size(), rewrite.purged.size(), std::nullopt, {}};
}

void RemoveSegmentFiles(const Layout& layout, const std::vector<SegmentRow>& segments,
                        const std::vector<SegmentRow>& kept) {
  for (const SegmentRow& segment : segments) {
    if (std::ranges::find(kept, segment) != kept.end()) continue;
    RemoveQuietly(layout.Segment(segment.features_file));
    RemoveQuietly(layout.Segment(segment.codes_file));
  }
}

}  // namespace hashlens
