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
            const ProgressFunction& progress, std::stop_token stop, uint64_t merged_rows)
      : layout_(layout),
        state_(state),
        head_(head),
        progress_(progress),
        stop_(std::move(stop)),
        merged_rows_(merged_rows) {
    for (const SegmentRow& segment : state.segments) total_ += segment.rows;
  }

  Result<CatalogRewrite> Run() {
    HL_ASSIGN(next_segment_, NextSegment(layout_, state_.segments));
    for (size_t i = 0; i < state_.segments.size(); ++i) {
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

  // Too small beside a neighbour that it could join, or with rows to drop.
  bool IsWorthRewriting(size_t i) const {
    const SegmentRow& segment = state_.segments[i];
    if (HasRemoved(segment)) return true;
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
  CatalogRewrite rewrite_;
  std::optional<SegmentWriter> writer_;
  std::vector<uint64_t> purged_;
  uint64_t next_segment_ = 1;
  uint64_t done_ = 0;
  uint64_t total_ = 0;
};

}  // namespace

Result<CompactReport> CompactSegments(const Layout& layout, Catalog* catalog, const HashHead& head,
                                      const ProgressFunction& progress, std::stop_token stop,
                                      uint64_t merged_rows) {
  HL_ASSIGN(const CatalogSnapshot state, catalog->ReadSnapshot());
  HL_TRY(CheckSegmentFiles(layout, state));
  HL_ASSIGN(const CatalogRewrite rewrite,
            Compactor(layout, state, head, progress, std::move(stop), merged_rows).Run());
  CompactReport report{state.segments.size(), rewrite.segments.size(), rewrite.purged.size()};
  if (rewrite.segments != state.segments) HL_TRY(catalog->Rewrite(state, rewrite));
  return report;
}

}  // namespace hashlens
