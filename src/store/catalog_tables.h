// The tables of the catalog: schema, checksummed rows, and totals that give away rows that vanish.
// docs/FORMAT.md specifies them. Internal to the store.
#ifndef HASHLENS_STORE_CATALOG_TABLES_H_
#define HASHLENS_STORE_CATALOG_TABLES_H_

#include <array>
#include <cstdint>
#include <functional>
#include <initializer_list>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "store/catalog.h"
#include "store/sqlite.h"

namespace hashlens {

// ---- schema ----

inline constexpr int64_t kApplicationId = 0x484c4942;  // "HLIB"

// Makes the tables in an empty database, the meta row and totals of nothing.
Status CreateTables(SqliteConnection* connection, const LibraryMeta& meta);
// application_id, user_version and the text of the schema.
Status CheckSchema(SqliteConnection* connection);

// ---- rows ----

using Field = std::variant<int64_t, std::string_view>;
inline Field UintField(uint64_t value) { return static_cast<int64_t>(value); }

// Binds the fields as parameters 1.. and their checksum (over the table's name, too) as the one
// after; returns it.
uint32_t BindRow(SqliteStatement* statement, std::string_view table,
                 std::initializer_list<Field> fields);
// Checks the row that a `SELECT *` or `RETURNING *` of the table is on; gives its checksum.
Result<uint32_t> CheckRow(const SqliteStatement& row, std::string_view table);

// Of a row that has been checked.
LibraryMeta MetaFrom(const SqliteStatement& row);
RootRow RootFrom(const SqliteStatement& row);
SegmentRow SegmentFrom(const SqliteStatement& row);
ImageRow ImageFrom(const SqliteStatement& row);
FailureRow FailureFrom(const SqliteStatement& row);

// Whether a file's name stays in its folder, and the fault of one that does not.
bool IsPlainName(std::string_view name);
std::string NotPlain(std::string_view name);

// Runs `statement`, a `SELECT *` of the table, with `use` on every row, each checked first.
Status ForEachRow(SqliteStatement* statement, std::string_view table,
                  const std::function<Status(const SqliteStatement&)>& use);

// kCorruption also for a head's name that leads out of its folder.
Result<LibraryMeta> LoadMeta(SqliteConnection* connection);
Status StoreMeta(SqliteConnection* connection, const LibraryMeta& meta);

// ---- totals ----

// What is counted. Failures and skipped files share a table.
enum class Kind { kRoot, kSegment, kImage, kRemoved, kTag, kImageTag, kFailure, kSkipped };
inline constexpr size_t kKinds = 8;
std::string_view TableOf(Kind kind);

struct Total {
  uint64_t rows = 0;
  uint64_t crc_sum = 0;  // of the rows' checksums, modulo 2^64
  bool operator==(const Total&) const = default;
};
using Totals = std::array<Total, kKinds>;  // by Kind

Result<Totals> LoadTotals(SqliteConnection* connection);
// Runs `sql`, a `SELECT *` of all of the kind's table, with `use` on every row, each checked first.
// kCorruption also when the rows are not those that the totals count. In a transaction, before its
// first change. kFailure and kSkipped both stand for their common table.
Status ForEachCounted(SqliteConnection* connection, Kind kind, const char* sql,
                      const std::function<Status(const SqliteStatement&)>& use);
Status StoreTotals(SqliteConnection* connection, const Totals& totals);

// Changes rows in one durable transaction and keeps the totals. Rolls back unless committed.
class TableWriter {
 public:
  static Result<TableWriter> Begin(SqliteConnection* connection);
  SqliteConnection* connection() const { return connection_; }
  const Total& total(Kind kind) const { return totals_[static_cast<size_t>(kind)]; }

  Status Insert(Kind kind, std::initializer_list<Field> fields);
  // `sql` is a `DELETE ... RETURNING *`, its parameters are `keys`. Returns how many rows it
  // deleted.
  Result<uint64_t> Delete(Kind kind, const char* sql, std::initializer_list<Field> keys);
  // The failure or skipped file with that name; false when there is none.
  Result<bool> DeleteFailure(uint64_t root, std::string_view path);
  Status Commit();

 private:
  TableWriter(SqliteConnection* connection, SqliteTransaction transaction, const Totals& totals);
  SqliteConnection* connection_;
  SqliteTransaction transaction_;
  Totals totals_;
};

}  // namespace hashlens

#endif  // HASHLENS_STORE_CATALOG_TABLES_H_
