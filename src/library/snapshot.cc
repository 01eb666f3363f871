#include "library/snapshot.h"

#include <algorithm>

#include "base/sha256.h"
#include "base/try.h"
#include "library/costs_file.h"
#include "library/segment_files.h"

namespace hashlens {
namespace {

constexpr uint64_t kLargestHeadFile = 64 << 20;
constexpr int kLoadAttempts = 5;

// No more rows than the code files have room for, whatever the catalog says: nothing is allocated
// on the word of a damaged number.
uint64_t RowsOnDisk(const Layout& layout, const std::vector<SegmentRow>& segments) {
  uint64_t rows = 0;
  for (const SegmentRow& segment : segments) {
    std::error_code error;  // a missing file is reported by who reads it
    const uintmax_t bytes = std::filesystem::file_size(layout.Segment(segment.codes_file), error);
    if (!error) rows += std::min<uint64_t>(segment.rows, bytes / sizeof(uint64_t));
  }
  return rows;
}

}  // namespace

Result<HashHead> LoadHead(const Layout& layout, const LibraryMeta& meta) {
  const Path path = layout.Head(meta.head_file);
  auto bytes = ReadFile(path, kLargestHeadFile);
  if (!bytes.ok()) return MissingIsCorruption(bytes.status());
  if (Sha256Hex(*bytes) != meta.head_sha256) {
    return Corruption(Printable(path) + ": the bytes are not those that the catalog names");
  }
  auto head = ParseHead(*bytes);
  if (!head.ok())
    return Status(head.status().code(), Printable(path) + ": " + head.status().message());
  if (head->bits != meta.bits || head->dim != meta.dim) {
    return Corruption(Printable(path) + ": " + std::to_string(head->bits) + " bits and " +
                      std::to_string(head->dim) + " dimensions, but the catalog says " +
                      std::to_string(meta.bits) + " and " + std::to_string(meta.dim));
  }
  return head;
}

Result<std::unique_ptr<Snapshot>> Snapshot::Load(const Layout& layout, const Catalog& catalog) {
  Status status;
  for (int attempt = 0; attempt < kLoadAttempts; ++attempt) {
    HL_ASSIGN(CatalogSnapshot state, catalog.ReadSnapshot());
    const LibraryMeta meta = state.meta;
    const std::vector<SegmentRow> segments = state.segments;
    const auto load = [&]() -> Result<std::unique_ptr<Snapshot>> {
      HL_ASSIGN(HashHead head, LoadHead(layout, state.meta));
      std::unique_ptr<Snapshot> snapshot(new Snapshot(std::move(state), std::move(head)));
      const uint64_t rows = RowsOnDisk(layout, snapshot->catalog_.segments);
      snapshot->ids_.reserve(rows);
      snapshot->codes_.Reserve(rows);
      snapshot->codes_.SetCosts(LoadCosts(layout.Costs()));
      for (const SegmentRow& segment : snapshot->catalog_.segments)
        HL_TRY(snapshot->AddSegment(layout, segment));
      snapshot->MarkRemoved();
      return snapshot;
    };
    auto snapshot = load();
    if (snapshot.ok()) return snapshot;
    status = snapshot.status();
    // Only a rewrite that came between makes a second look worth while.
    HL_ASSIGN(const CatalogSnapshot now, catalog.ReadSnapshot());
    if (now.segments == segments && now.meta == meta) return status;
  }
  return status;
}

Status Snapshot::AddSegment(const Layout& layout, const SegmentRow& row) {
  HL_ASSIGN(SegmentFiles files, OpenSegment(layout, catalog_, row));
  segments_.push_back({rows(), std::move(files.features)});
  ids_.insert(ids_.end(), files.codes.ids.begin(), files.codes.ids.end());
  codes_.Append(files.codes.codes);
  return {};
}

void Snapshot::MarkRemoved() {
  if (catalog_.removed.empty()) return;
  live_.emplace(rows(), true);
  for (const uint64_t id : catalog_.removed) {
    if (const auto row = FindRow(id)) live_->Clear(*row);
  }
}

std::optional<uint64_t> Snapshot::FindRow(uint64_t id) const {
  const auto found = std::lower_bound(ids_.begin(), ids_.end(), id);
  if (found == ids_.end() || *found != id) return std::nullopt;
  return static_cast<uint64_t>(found - ids_.begin());
}

std::optional<uint64_t> Snapshot::RowOf(uint64_t id) const {
  const auto row = FindRow(id);
  if (row && live_ && !live_->Get(*row)) return std::nullopt;
  return row;
}

uint64_t Snapshot::RowsUpTo(uint64_t id) const {
  return static_cast<uint64_t>(std::upper_bound(ids_.begin(), ids_.end(), id) - ids_.begin());
}

Bitmap Snapshot::RowsOf(const std::vector<uint64_t>& ids) const {
  Bitmap rows_of(rows());
  for (uint64_t id : ids) {
    if (const auto row = RowOf(id)) rows_of.Set(*row);
  }
  return rows_of;
}

const Snapshot::Segment& Snapshot::SegmentOf(uint64_t row) const {
  const auto after =
      std::upper_bound(segments_.begin(), segments_.end(), row,
                       [](uint64_t wanted, const Segment& s) { return wanted < s.first_row; });
  return *(after - 1);
}

Result<std::vector<uint16_t>> Snapshot::Feature(uint64_t row) const {
  const Segment& segment = SegmentOf(row);
  return segment.features.Rows(row - segment.first_row, 1);
}

void Snapshot::PrefetchFeature(uint64_t row) const {
  const Segment& segment = SegmentOf(row);
  segment.features.Prefetch(row - segment.first_row);
}

}  // namespace hashlens
