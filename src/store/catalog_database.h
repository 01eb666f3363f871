// What an open catalog holds. Internal to the store.
#ifndef HASHLENS_STORE_CATALOG_DATABASE_H_
#define HASHLENS_STORE_CATALOG_DATABASE_H_

#include <limits>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "store/catalog.h"
#include "store/catalog_tables.h"
#include "store/scan_list.h"
#include "store/sqlite.h"

namespace hashlens {

inline constexpr uint64_t kLargestId = std::numeric_limits<int64_t>::max();

struct Catalog::Database {
  std::unique_ptr<SqliteConnection> connection;
  Mode mode = Mode::kRead;
  std::unique_ptr<ScanList> scan;  // from BeginScan on

  // kInvalidArgument for a catalog opened to read.
  Result<TableWriter> BeginWrite() const;
};

// Whether `path` is `prefix` or below it; "" is the whole root.
inline bool IsUnder(std::string_view path, std::string_view prefix) {
  return prefix.empty() ||
         (path.starts_with(prefix) && (path.size() == prefix.size() || path[prefix.size()] == '/'));
}

// The image with that root and path, if any.
Result<std::optional<ImageRow>> FindImageAt(SqliteConnection* connection, uint64_t root,
                                            std::string_view path);

// The numbers of these tags, in their order; none for one that is unknown. Reads the table whole
// and compares it with the totals. In a transaction.
using TagNumbers = std::vector<std::optional<uint64_t>>;
Result<TagNumbers> FindTags(SqliteConnection* connection, const std::vector<TagFilter>& tags);

// All the roots, compared with the totals. In a transaction.
Result<std::vector<RootRow>> LoadRoots(SqliteConnection* connection);
// In order of first_image, compared with the totals. In a transaction.
Result<std::vector<SegmentRow>> LoadSegments(SqliteConnection* connection);
// What ReadSegments and ReadSnapshot give, compared with the totals and checked to fit together:
// kCorruption names the catalog. Reads no image. In a transaction.
Result<CatalogSegments> LoadState(SqliteConnection* connection);
Result<CatalogSnapshot> LoadSnapshot(SqliteConnection* connection);
// kCorruption unless every segment has as many rows as there are images and removed images with an
// id in its range.
Status CheckSegmentRows(SqliteConnection* connection, const std::vector<SegmentRow>& segments);

// Why the segments cannot stand together (ids and ranges ascending, ranges disjoint and wide
// enough); empty when they can.
std::string SegmentsFault(const std::vector<SegmentRow>& segments);
// How many rows of `table`, images or removed, have an id from first to last.
Result<uint64_t> CountInRange(SqliteConnection* connection, Kind table, uint64_t first,
                              uint64_t last);

}  // namespace hashlens

#endif  // HASHLENS_STORE_CATALOG_DATABASE_H_
