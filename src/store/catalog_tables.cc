#include "store/catalog_tables.h"

#include <string>
#include <utility>

#include "base/bytes.h"
#include "base/crc32c.h"
#include "base/try.h"

namespace hashlens {
namespace {

struct KindNames {
  std::string_view table;
  std::string_view total;
  const char* insert;
};

constexpr KindNames kNames[kKinds] = {
    {"roots", "roots", "INSERT INTO roots VALUES(?,?,?,?)"},
    {"segments", "segments", "INSERT INTO segments VALUES(?,?,?,?,?,?,?)"},
    {"images", "images", "INSERT INTO images VALUES(?,?,?,?,?,?,?,?,?,?)"},
    {"removed", "removed", "INSERT INTO removed VALUES(?,?)"},
    {"tags", "tags", "INSERT INTO tags VALUES(?,?,?,?)"},
    {"image_tags", "image_tags", "INSERT INTO image_tags VALUES(?,?,?)"},
    {"failures", "failures", "INSERT INTO failures VALUES(?,?,?,?,?,?,?,?)"},
    {"failures", "skipped", "INSERT INTO failures VALUES(?,?,?,?,?,?,?,?)"},
};

const KindNames& NamesOf(Kind kind) { return kNames[static_cast<size_t>(kind)]; }

// The bytes that a row's checksum is over.
class RowBytes {
 public:
  explicit RowBytes(std::string_view table) { Add(table); }
  void Add(int64_t value) {
    bytes_ += 'i';
    PutLittleEndian(&bytes_, value);
  }
  void Add(std::string_view value) {
    bytes_ += 'b';
    PutLittleEndian(&bytes_, uint64_t{value.size()});
    bytes_ += value;
  }
  uint32_t Crc() const { return Crc32c(AsBytes(bytes_)); }

 private:
  std::string bytes_;
};

void BindFields(SqliteStatement* statement, std::initializer_list<Field> fields) {
  int parameter = 0;
  for (const Field& field : fields) {
    ++parameter;
    std::visit([&](auto value) { statement->Bind(parameter, value); }, field);
  }
}

// Failures and skipped files share a table but not a total.
Kind KindOf(Kind kind, const SqliteStatement& row) {
  if (kind != Kind::kFailure && kind != Kind::kSkipped) return kind;
  return row.Int(4) != 0 ? Kind::kSkipped : Kind::kFailure;
}

}  // namespace

uint32_t BindRow(SqliteStatement* statement, std::string_view table,
                 std::initializer_list<Field> fields) {
  RowBytes bytes(table);
  for (const Field& field : fields) std::visit([&](auto value) { bytes.Add(value); }, field);
  BindFields(statement, fields);
  const uint32_t crc = bytes.Crc();
  statement->Bind(static_cast<int>(fields.size()) + 1, int64_t{crc});
  return crc;
}

Result<uint32_t> CheckRow(const SqliteStatement& row, std::string_view table) {
  RowBytes bytes(table);
  const int last = row.columns() - 1;
  bool typed = row.IsInt(last);
  for (int column = 0; column < last; ++column) {
    if (row.IsInt(column)) {
      bytes.Add(row.Int(column));
    } else if (row.IsBytes(column)) {
      bytes.Add(row.Bytes(column));
    } else {
      typed = false;
    }
  }
  if (!typed || row.Int(last) != int64_t{bytes.Crc()}) {
    const std::string first = row.IsInt(0) ? std::to_string(row.Int(0)) : std::string(row.Bytes(0));
    return row.connection().Corrupt("table " + std::string(table) + ", row " + first +
                                    ": checksum mismatch");
  }
  return bytes.Crc();
}

bool IsPlainName(std::string_view name) {
  return !name.empty() && name != "." && name != ".." && name.find('/') == name.npos &&
         name.find('\0') == name.npos;
}

std::string NotPlain(std::string_view name) {
  return "\"" + std::string(name) + "\" is not the name of a file in the library";
}

LibraryMeta MetaFrom(const SqliteStatement& row) {
  LibraryMeta meta;
  meta.model_name = row.Bytes(1);
  meta.feature_digest = row.Bytes(2);
  meta.dim = static_cast<int>(row.Int(3));
  meta.bits = static_cast<int>(row.Int(4));
  meta.head_file = row.Bytes(5);
  meta.head_sha256 = row.Bytes(6);
  meta.head_fitted = row.Int(7) != 0;
  meta.next_id = row.Uint(8);
  return meta;
}

RootRow RootFrom(const SqliteStatement& row) {
  return {row.Uint(0), std::string(row.Bytes(1)), std::string(row.Bytes(2))};
}

SegmentRow SegmentFrom(const SqliteStatement& row) {
  return {row.Uint(0),
          row.Uint(1),
          row.Uint(2),
          row.Uint(3),
          std::string(row.Bytes(4)),
          std::string(row.Bytes(5))};
}

ImageRow ImageFrom(const SqliteStatement& row) {
  ImageRow image;
  image.id = row.Uint(0);
  image.root = row.Uint(1);
  image.path = row.Bytes(2);
  image.stamp = {row.Uint(3), row.Int(4)};
  image.width = static_cast<int>(row.Int(5));
  image.height = static_cast<int>(row.Int(6));
  image.format = row.Bytes(7);
  image.added_at_ms = row.Int(8);
  return image;
}

FailureRow FailureFrom(const SqliteStatement& row) {
  FailureRow failure;
  failure.root = row.Uint(0);
  failure.path = row.Bytes(1);
  failure.stamp = {row.Uint(2), row.Int(3)};
  failure.skipped = row.Int(4) != 0;
  failure.reason = row.Bytes(5);
  failure.at_ms = row.Int(6);
  return failure;
}

Status ForEachRow(SqliteStatement* statement, std::string_view table,
                  const std::function<Status(const SqliteStatement&)>& use) {
  for (;;) {
    HL_ASSIGN(const bool row, statement->Step());
    if (!row) return {};
    HL_TRY(CheckRow(*statement, table).status());
    HL_TRY(use(*statement));
  }
}

Result<LibraryMeta> LoadMeta(SqliteConnection* connection) {
  HL_ASSIGN(SqliteStatement select, connection->Prepare("SELECT * FROM meta WHERE id=1"));
  HL_ASSIGN(const bool found, select.Step());
  if (!found) return connection->Corrupt("table meta: its row is missing");
  HL_TRY(CheckRow(select, "meta").status());
  LibraryMeta meta = MetaFrom(select);
  if (!IsPlainName(meta.head_file)) return connection->Corrupt(NotPlain(meta.head_file));
  return meta;
}

Status StoreMeta(SqliteConnection* connection, const LibraryMeta& meta) {
  HL_ASSIGN(SqliteStatement replace,
            connection->Prepare("INSERT OR REPLACE INTO meta VALUES(?,?,?,?,?,?,?,?,?,?)"));
  BindRow(&replace, "meta",
          {int64_t{1}, meta.model_name, meta.feature_digest, int64_t{meta.dim}, int64_t{meta.bits},
           meta.head_file, meta.head_sha256, int64_t{meta.head_fitted}, UintField(meta.next_id)});
  return replace.Run();
}

std::string_view TableOf(Kind kind) { return NamesOf(kind).table; }

Result<Totals> LoadTotals(SqliteConnection* connection) {
  Totals totals;
  HL_ASSIGN(SqliteStatement select, connection->Prepare("SELECT * FROM totals WHERE name=?1"));
  for (size_t kind = 0; kind < kKinds; ++kind) {
    select.Bind(1, kNames[kind].total);
    HL_ASSIGN(const bool found, select.Step());
    if (!found) return connection->Corrupt("table totals: a row is missing");
    HL_TRY(CheckRow(select, "totals").status());
    totals[kind] = {select.Uint(1), select.Uint(2)};
    HL_TRY(select.Run());
  }
  return totals;
}

Status ForEachCounted(SqliteConnection* connection, Kind kind, const char* sql,
                      const std::function<Status(const SqliteStatement&)>& use) {
  HL_ASSIGN(const Totals expected, LoadTotals(connection));
  HL_ASSIGN(SqliteStatement select, connection->Prepare(sql));
  Totals found;
  for (;;) {
    HL_ASSIGN(const bool row, select.Step());
    if (!row) break;
    HL_ASSIGN(const uint32_t crc, CheckRow(select, TableOf(kind)));
    Total& total = found[static_cast<size_t>(KindOf(kind, select))];
    ++total.rows;
    total.crc_sum += crc;
    HL_TRY(use(select));
  }
  for (size_t i = 0; i < kKinds; ++i) {
    if (kNames[i].table != TableOf(kind) || found[i] == expected[i]) continue;
    return connection->Corrupt("table " + std::string(TableOf(kind)) + ": " +
                               std::to_string(found[i].rows) + " " + std::string(kNames[i].total) +
                               " are not the " + std::to_string(expected[i].rows) +
                               " that were written");
  }
  return {};
}

Status StoreTotals(SqliteConnection* connection, const Totals& totals) {
  HL_ASSIGN(SqliteStatement replace,
            connection->Prepare("INSERT OR REPLACE INTO totals VALUES(?,?,?,?)"));
  for (size_t kind = 0; kind < kKinds; ++kind) {
    BindRow(&replace, "totals",
            {kNames[kind].total, UintField(totals[kind].rows), UintField(totals[kind].crc_sum)});
    HL_TRY(replace.Run());
  }
  return {};
}

TableWriter::TableWriter(SqliteConnection* connection, SqliteTransaction transaction,
                         const Totals& totals)
    : connection_(connection), transaction_(std::move(transaction)), totals_(totals) {}

Result<TableWriter> TableWriter::Begin(SqliteConnection* connection) {
  HL_ASSIGN(SqliteTransaction transaction,
            SqliteTransaction::Begin(connection, SqliteTransaction::Kind::kWrite));
  HL_ASSIGN(const Totals totals, LoadTotals(connection));
  return TableWriter(connection, std::move(transaction), totals);
}

Status TableWriter::Insert(Kind kind, std::initializer_list<Field> fields) {
  HL_ASSIGN(SqliteStatement insert, connection_->Prepare(NamesOf(kind).insert));
  const uint32_t crc = BindRow(&insert, NamesOf(kind).table, fields);
  HL_TRY(insert.Run());
  Total& total = totals_[static_cast<size_t>(kind)];
  ++total.rows;
  total.crc_sum += crc;
  return {};
}

Result<uint64_t> TableWriter::Delete(Kind kind, const char* sql,
                                     std::initializer_list<Field> keys) {
  HL_ASSIGN(SqliteStatement remove, connection_->Prepare(sql));
  BindFields(&remove, keys);
  uint64_t count = 0;
  for (;;) {
    HL_ASSIGN(const bool row, remove.Step());
    if (!row) return count;
    HL_ASSIGN(const uint32_t crc, CheckRow(remove, NamesOf(kind).table));
    Total& total = totals_[static_cast<size_t>(KindOf(kind, remove))];
    if (total.rows == 0)
      return connection_->Corrupt("table " + std::string(TableOf(kind)) +
                                  ": more rows than counted");
    --total.rows;
    total.crc_sum -= crc;
    ++count;
  }
}

Result<bool> TableWriter::DeleteFailure(uint64_t root, std::string_view path) {
  HL_ASSIGN(const uint64_t count,
            Delete(Kind::kFailure, "DELETE FROM failures WHERE root=?1 AND path=?2 RETURNING *",
                   {UintField(root), path}));
  return count != 0;
}

Status TableWriter::Commit() {
  HL_TRY(StoreTotals(connection_, totals_));
  return transaction_.Commit();
}

}  // namespace hashlens
