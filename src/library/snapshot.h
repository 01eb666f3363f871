// A library's codes, ids and features as they were at one moment.
#ifndef HASHLENS_LIBRARY_SNAPSHOT_H_
#define HASHLENS_LIBRARY_SNAPSHOT_H_

#include <memory>
#include <optional>
#include <vector>

#include "hash/hash_head.h"
#include "hashlens/bitmap.h"
#include "hashlens/code_index.h"
#include "hashlens/types.h"
#include "library/layout.h"
#include "store/catalog.h"
#include "store/feature_file.h"

namespace hashlens {

// The ids of a segment's rows, ascending. Mostly they follow each other: then they take no memory.
class SegmentIds {
 public:
  explicit SegmentIds(std::vector<uint64_t> ids);  // at least one
  uint64_t operator[](uint64_t row) const { return ids_.empty() ? first_ + row : ids_[row]; }
  uint64_t front() const { return first_; }
  uint64_t back() const { return (*this)[size_ - 1]; }
  // How many are `id` or lower. Those before `from` are known to be, and what is near it is found
  // soon.
  uint64_t CountUpTo(uint64_t id, uint64_t from = 0) const;

 private:
  uint64_t first_;
  uint64_t size_;
  std::vector<uint64_t> ids_;  // empty where they follow each other
};

// Immutable, thread-safe. A "row" is an image's place in the order of ids, removed ones included.
class Snapshot {
 public:
  // Reads the catalog's newest state. A writer may replace segments meanwhile: then it starts over.
  // What has not changed since `previous` (or nullptr) is taken over from it: then this takes as
  // long as what is new, not as the whole library.
  static Result<std::shared_ptr<const Snapshot>> Load(const Layout& layout, const Catalog& catalog,
                                                      const Snapshot* previous = nullptr);
  // The same state, with codes arranged for other searches than the scan.
  Result<std::shared_ptr<const Snapshot>> Prepared(int threads) const;
  // The same, as the file of an arrangement says. Errors of CodeIndex::LoadPrepared.
  Result<std::shared_ptr<const Snapshot>> WithArrangement(const Path& file) const;

  const CatalogSnapshot& catalog() const { return catalog_; }
  const LibraryMeta& meta() const { return catalog_.meta; }
  const std::vector<SegmentRow>& segments() const { return catalog_.segments; }
  const HashHead& head() const { return *head_; }
  const CodeIndex& codes() const { return codes_; }
  uint64_t rows() const { return codes_.rows(); }
  uint64_t id(uint64_t row) const;
  // Of an image that is not removed.
  std::optional<uint64_t> RowOf(uint64_t id) const;
  // The rows that are not removed; nullptr when none is removed.
  const Bitmap* live() const { return live_ ? &*live_ : nullptr; }
  uint64_t live_rows() const { return rows() - catalog_.removed.size(); }
  // How many rows have this id or a lower one, removed ones included.
  uint64_t RowsUpTo(uint64_t id) const;
  // The rows of these ids (ascending) that are not removed.
  Bitmap RowsOf(const std::vector<uint64_t>& ids) const;

  // dim fp16 values. kCorruption when the row's checksum is wrong.
  Status ReadFeature(uint64_t row, StoredRows* into) const;
  // The same of up to `count` consecutive rows, as far as they lie in one file; gives how many. The
  // rows from `first` to `first` + `count` - 1 must exist.
  Result<uint64_t> ReadFeatures(uint64_t first, uint64_t count, StoredRows* into) const;
  // Asks the system to bring features into memory soon. rows: ascending, each once; those that
  // follow each other are asked for together.
  void PrefetchFeatures(std::span<const uint64_t> rows) const;
  // Of every segment.
  std::vector<StoredSegment> Stored(const Layout& layout) const;

 private:
  struct SegmentData {
    SegmentIds ids;
    FeatureFile features;
  };
  struct Segment {
    uint64_t first_row = 0;
    std::shared_ptr<const SegmentData> data;
  };

  Snapshot(CatalogSnapshot catalog, std::shared_ptr<const HashHead> head)
      : catalog_(std::move(catalog)), head_(std::move(head)), codes_(head_->bits) {}
  // `other` with other codes of the same rows.
  Snapshot(const Snapshot& other, CodeIndex codes);
  // Takes over the segments that both begin with; gives how many.
  size_t TakeOver(const Snapshot& previous);
  Status AddSegment(const Layout& layout, const SegmentRow& row);
  // kCorruption when a removed image is in no segment.
  Status MarkRemoved(const Layout& layout);
  const Segment& SegmentOf(uint64_t row) const;
  std::optional<uint64_t> FindRow(uint64_t id) const;

  CatalogSnapshot catalog_;
  std::shared_ptr<const HashHead> head_;
  CodeIndex codes_;
  std::vector<Segment> segments_;
  std::optional<Bitmap> live_;
};

// The head that the catalog names, its digest checked.
Result<HashHead> LoadHead(const Layout& layout, const LibraryMeta& meta);

}  // namespace hashlens

#endif  // HASHLENS_LIBRARY_SNAPSHOT_H_
