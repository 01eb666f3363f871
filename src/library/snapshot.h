// A library's codes, ids and features as they were at one moment.
#ifndef HASHLENS_LIBRARY_SNAPSHOT_H_
#define HASHLENS_LIBRARY_SNAPSHOT_H_

#include <memory>
#include <optional>
#include <vector>

#include "hash/hash_head.h"
#include "hashlens/bitmap.h"
#include "hashlens/code_index.h"
#include "library/layout.h"
#include "store/catalog.h"
#include "store/feature_file.h"

namespace hashlens {

// Immutable, thread-safe. A "row" is an image's place in the order of ids, removed ones included.
class Snapshot {
 public:
  // Not thread-safe; before the snapshot is shared.
  Status Prepare(int threads) { return codes_.Prepare(threads); }
  // Reads the catalog's newest state. A writer may replace segments meanwhile: then it starts over.
  static Result<std::unique_ptr<Snapshot>> Load(const Layout& layout, const Catalog& catalog);

  const CatalogSnapshot& catalog() const { return catalog_; }
  const LibraryMeta& meta() const { return catalog_.meta; }
  const std::vector<SegmentRow>& segments() const { return catalog_.segments; }
  const HashHead& head() const { return head_; }
  const CodeIndex& codes() const { return codes_; }
  uint64_t rows() const { return ids_.size(); }
  uint64_t id(uint64_t row) const { return ids_[row]; }
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
  Result<std::vector<uint16_t>> Feature(uint64_t row) const;
  void PrefetchFeature(uint64_t row) const;

 private:
  struct Segment {
    uint64_t first_row = 0;
    FeatureFile features;
  };

  Snapshot(CatalogSnapshot catalog, HashHead head)
      : catalog_(std::move(catalog)), head_(std::move(head)), codes_(head_.bits) {}
  Status AddSegment(const Layout& layout, const SegmentRow& row);
  void MarkRemoved();
  const Segment& SegmentOf(uint64_t row) const;
  std::optional<uint64_t> FindRow(uint64_t id) const;

  CatalogSnapshot catalog_;
  HashHead head_;
  CodeIndex codes_;
  std::vector<uint64_t> ids_;
  std::vector<Segment> segments_;
  std::optional<Bitmap> live_;
};

// The head that the catalog names, its digest checked.
Result<HashHead> LoadHead(const Layout& layout, const LibraryMeta& meta);

}  // namespace hashlens

#endif  // HASHLENS_LIBRARY_SNAPSHOT_H_
