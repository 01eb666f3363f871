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
const Path kFeatures = "features";  // what is to be done about damaged ones

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

SegmentIds::SegmentIds(std::vector<uint64_t> ids) : first_(ids.front()), size_(ids.size()) {
  if (ids.back() - ids.front() + 1 != size_) ids_ = std::move(ids);
}

uint64_t SegmentIds::CountUpTo(uint64_t id, uint64_t from) const {
  if (id < first_) return 0;
  if (ids_.empty()) return std::min(size_, id - first_ + 1);
  uint64_t end = from;
  for (uint64_t step = 1; end < size_ && ids_[end] <= id; step *= 2)
    end += std::min(step, size_ - end);
  const auto begin = ids_.begin() + static_cast<ptrdiff_t>(from);
  return static_cast<uint64_t>(
      std::upper_bound(begin, ids_.begin() + static_cast<ptrdiff_t>(end), id) - ids_.begin());
}

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

Result<std::shared_ptr<const Snapshot>> Snapshot::Load(const Layout& layout, const Catalog& catalog,
                                                       const Snapshot* previous) {
  Status status;
  for (int attempt = 0; attempt < kLoadAttempts; ++attempt) {
    HL_ASSIGN(CatalogSnapshot state, catalog.ReadSnapshot());
    const LibraryMeta meta = state.meta;
    const std::vector<SegmentRow> segments = state.segments;
    const auto load = [&]() -> Result<std::shared_ptr<const Snapshot>> {
      const bool same_head =
          previous != nullptr && previous->meta().head_sha256 == meta.head_sha256;
      std::shared_ptr<const HashHead> head = same_head ? previous->head_ : nullptr;
      if (!head) {
        HL_ASSIGN(HashHead loaded, LoadHead(layout, meta));
        head = std::make_shared<const HashHead>(std::move(loaded));
      }
      std::shared_ptr<Snapshot> snapshot(new Snapshot(std::move(state), std::move(head)));
      const size_t taken = same_head ? snapshot->TakeOver(*previous) : 0;
      snapshot->codes_.Reserve(RowsOnDisk(layout, segments));
      snapshot->codes_.SetCosts(LoadCosts(layout.Costs()));
      for (size_t i = taken; i < segments.size(); ++i)
        HL_TRY(snapshot->AddSegment(layout, segments[i]));
      HL_TRY(snapshot->MarkRemoved(layout));
      return std::shared_ptr<const Snapshot>(std::move(snapshot));
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

Snapshot::Snapshot(const Snapshot& other, CodeIndex codes)
    : catalog_(other.catalog_),
      head_(other.head_),
      codes_(std::move(codes)),
      segments_(other.segments_),
      live_(other.live_) {}

Result<std::shared_ptr<const Snapshot>> Snapshot::Prepared(int threads) const {
  CodeIndex codes = codes_.FirstRows(rows());
  HL_TRY(codes.Prepare(threads));
  return std::shared_ptr<const Snapshot>(new Snapshot(*this, std::move(codes)));
}

Result<std::shared_ptr<const Snapshot>> Snapshot::WithArrangement(const Path& file) const {
  CodeIndex codes = codes_.FirstRows(rows());
  HL_TRY(codes.LoadPrepared(file));
  return std::shared_ptr<const Snapshot>(new Snapshot(*this, std::move(codes)));
}

size_t Snapshot::TakeOver(const Snapshot& previous) {
  const auto [mine, theirs] = std::ranges::mismatch(segments(), previous.segments());
  const auto count = mine - segments().begin();
  if (count == 0) return 0;
  const uint64_t taken = theirs == previous.segments().end()
                             ? previous.rows()
                             : previous.segments_[static_cast<size_t>(count)].first_row;
  codes_ = previous.codes_.FirstRows(taken);
  segments_.assign(previous.segments_.begin(), previous.segments_.begin() + count);
  return static_cast<size_t>(count);
}

Status Snapshot::AddSegment(const Layout& layout, const SegmentRow& row) {
  HL_ASSIGN(SegmentFiles files, OpenSegment(layout, catalog_, row));
  const uint64_t first_row = rows();
  codes_.Append(files.codes.codes);
  auto data = std::make_shared<const SegmentData>(
      SegmentData{SegmentIds(std::move(files.codes.ids)), std::move(files.features)});
  segments_.push_back({first_row, std::move(data)});
  return {};
}

Status Snapshot::MarkRemoved(const Layout& layout) {
  if (catalog_.removed.empty()) return {};
  live_.emplace(rows(), true);
  for (const uint64_t id : catalog_.removed) {
    const auto row = FindRow(id);
    if (!row) {
      return Corruption(Printable(layout.Catalog()) + ": removed image " + std::to_string(id) +
                        " is in no segment");
    }
    live_->Clear(*row);
  }
  return {};
}

uint64_t Snapshot::id(uint64_t row) const {
  const Segment& segment = SegmentOf(row);
  return segment.data->ids[row - segment.first_row];
}

std::optional<uint64_t> Snapshot::FindRow(uint64_t id) const {
  const uint64_t up_to = RowsUpTo(id);
  if (up_to == 0 || this->id(up_to - 1) != id) return std::nullopt;
  return up_to - 1;
}

std::optional<uint64_t> Snapshot::RowOf(uint64_t id) const {
  const auto row = FindRow(id);
  if (row && live_ && !live_->Get(*row)) return std::nullopt;
  return row;
}

uint64_t Snapshot::RowsUpTo(uint64_t id) const {
  const auto after = std::ranges::upper_bound(
      segments_, id, {}, [](const Segment& segment) { return segment.data->ids.front(); });
  if (after == segments_.begin()) return 0;
  const Segment& segment = *(after - 1);
  return segment.first_row + segment.data->ids.CountUpTo(id);
}

Bitmap Snapshot::RowsOf(const std::vector<uint64_t>& ids) const {
  Bitmap rows_of(rows());
  auto wanted = ids.begin();
  for (const Segment& segment : segments_) {
    const SegmentIds& present = segment.data->ids;
    uint64_t at = 0;
    for (; wanted != ids.end() && *wanted <= present.back(); ++wanted) {
      // Mostly the next one, or near: no search through the whole segment.
      if (present[at] < *wanted) at = present.CountUpTo(*wanted - 1, at);
      const uint64_t row = segment.first_row + at;
      if (present[at] == *wanted && (!live_ || live_->Get(row))) rows_of.Set(row);
    }
  }
  return rows_of;
}

const Snapshot::Segment& Snapshot::SegmentOf(uint64_t row) const {
  const auto after =
      std::upper_bound(segments_.begin(), segments_.end(), row,
                       [](uint64_t wanted, const Segment& s) { return wanted < s.first_row; });
  return *(after - 1);
}

Status Snapshot::ReadFeature(uint64_t row, StoredRows* into) const {
  const Segment& segment = SegmentOf(row);
  return WithAdvice(segment.data->features.Read(row - segment.first_row, 1, into), kFeatures);
}

Result<uint64_t> Snapshot::ReadFeatures(uint64_t first, uint64_t count, StoredRows* into) const {
  const Segment& segment = SegmentOf(first);
  const uint64_t row = first - segment.first_row;
  const uint64_t read = std::min(count, segment.data->features.rows() - row);
  HL_TRY(WithAdvice(segment.data->features.Read(row, read, into), kFeatures));
  return read;
}

void Snapshot::PrefetchFeatures(std::span<const uint64_t> rows) const {
  while (!rows.empty()) {
    const Segment& segment = SegmentOf(rows.front());
    const uint64_t first = rows.front() - segment.first_row;
    const uint64_t most = std::min<uint64_t>(rows.size(), segment.data->features.rows() - first);
    uint64_t count = 1;
    while (count < most && rows[count] == rows.front() + count) ++count;
    segment.data->features.Prefetch(first, count);
    rows = rows.subspan(count);
  }
}

std::vector<StoredSegment> Snapshot::Stored(const Layout& layout) const {
  std::vector<StoredSegment> stored;
  for (size_t i = 0; i < segments_.size(); ++i) {
    const SegmentRow& row = catalog_.segments[i];
    const FeatureFile& features = segments_[i].data->features;
    StoredSegment segment;
    segment.codes_file = layout.Segment(row.codes_file);
    segment.features_file = layout.Segment(row.features_file);
    segment.rows = row.rows;
    segment.ids_at = kCodeFileHeaderBytes;
    segment.codes_at = kCodeFileHeaderBytes + row.rows * sizeof(uint64_t);
    segment.features_at = kFeatureFileHeaderBytes;
    segment.feature_stride = features.stride();
    segment.code_bytes = static_cast<int>(codes_.code_bytes());
    segment.dim = features.dim();
    segment.int8 = features.type() == FeatureType::kInt8;
    for (uint64_t at = 0; live_ && at < row.rows; ++at) {
      if (!live_->Get(segments_[i].first_row + at)) segment.removed.push_back(at);
    }
    stored.push_back(std::move(segment));
  }
  return stored;
}

}  // namespace hashlens
