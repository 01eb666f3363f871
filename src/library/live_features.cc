#include "library/live_features.h"

#include <algorithm>

#include "base/half.h"
#include "base/try.h"
#include "library/segment_files.h"

namespace hashlens {
namespace {

constexpr uint64_t kBlockRows = 1024;

}  // namespace

Result<std::vector<float>> ReadFeatureRows(const FeatureFile& file, uint64_t first,
                                           uint64_t count) {
  HL_ASSIGN(const std::vector<uint16_t> stored, file.Rows(first, count));
  std::vector<float> rows(stored.size());
  std::transform(stored.begin(), stored.end(), rows.begin(), FloatFromHalf);
  return rows;
}

Result<std::unique_ptr<LiveFeatures>> LiveFeatures::Open(const Layout& layout,
                                                         const CatalogSnapshot& state,
                                                         uint64_t sample) {
  const uint64_t live = state.live_rows();
  auto source = std::make_unique<LiveFeatures>();
  source->dim_ = state.meta.dim;
  source->rows_ = std::min(live, sample);
  uint64_t seen = 0;   // live rows so far
  uint64_t taken = 0;  // sampled rows so far: the i-th is live row i * live / rows
  for (const SegmentRow& segment : state.segments) {
    HL_ASSIGN(SegmentFiles files, OpenSegment(layout, state, segment));
    const std::vector<uint64_t>& ids = files.codes.ids;
    Segment part{std::move(files.features), {}};
    for (uint64_t row = 0; row < ids.size(); ++row) {
      if (std::binary_search(state.removed.begin(), state.removed.end(), ids[row])) continue;
      if (taken < source->rows_ && seen == taken * live / source->rows_) {
        part.rows.push_back(row);
        ++taken;
      }
      ++seen;
    }
    source->segments_.push_back(std::move(part));
  }
  return source;
}

Status LiveFeatures::ForEachBlock(
    const std::function<Status(std::span<const float> rows)>& use) const {
  std::vector<float> block;
  for (const Segment& segment : segments_) {
    for (size_t start = 0; start < segment.rows.size(); start += kBlockRows) {
      const size_t end = std::min<size_t>(segment.rows.size(), start + kBlockRows);
      block.clear();
      for (size_t i = start; i < end;) {
        // Sampled rows that lie together are read together.
        size_t next = i + 1;
        while (next < end && segment.rows[next] == segment.rows[next - 1] + 1) ++next;
        HL_ASSIGN(const std::vector<float> rows,
                  ReadFeatureRows(segment.features, segment.rows[i], next - i));
        block.insert(block.end(), rows.begin(), rows.end());
        i = next;
      }
      HL_TRY(use(block));
    }
  }
  return {};
}

}  // namespace hashlens
