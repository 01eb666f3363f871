#include <string>

#include "base/try.h"
#include "store/catalog_tables.h"

namespace hashlens {
namespace {

struct SchemaEntry {
  std::string_view name;
  const char* sql;
};

// In order of name. Compared with the stored text byte by byte: another text is another format
// version.
constexpr SchemaEntry kSchema[] = {
    {"failures",
     "CREATE TABLE failures(root INTEGER NOT NULL, path BLOB NOT NULL, size INTEGER NOT NULL, "
     "mtime_ns INTEGER NOT NULL, skipped INTEGER NOT NULL, reason BLOB NOT NULL, at_ms INTEGER NOT "
     "NULL, "
     "crc INTEGER NOT NULL, PRIMARY KEY(root, path)) STRICT, WITHOUT ROWID"},
    {"image_tags",
     "CREATE TABLE image_tags(tag INTEGER NOT NULL, image INTEGER NOT NULL, crc INTEGER NOT NULL, "
     "PRIMARY KEY(tag, image)) STRICT, WITHOUT ROWID"},
    {"image_tags_by_image", "CREATE INDEX image_tags_by_image ON image_tags(image)"},
    {"images",
     "CREATE TABLE images(id INTEGER PRIMARY KEY, root INTEGER NOT NULL, path BLOB NOT NULL, "
     "size INTEGER NOT NULL, mtime_ns INTEGER NOT NULL, width INTEGER NOT NULL, height INTEGER NOT "
     "NULL, "
     "format BLOB NOT NULL, added_at_ms INTEGER NOT NULL, crc INTEGER NOT NULL) STRICT"},
    {"images_by_path", "CREATE UNIQUE INDEX images_by_path ON images(root, path)"},
    {"meta",
     "CREATE TABLE meta(id INTEGER PRIMARY KEY, model_name BLOB NOT NULL, feature_digest BLOB NOT "
     "NULL, "
     "dim INTEGER NOT NULL, bits INTEGER NOT NULL, head_file BLOB NOT NULL, head_sha256 BLOB NOT "
     "NULL, "
     "head_fitted INTEGER NOT NULL, next_id INTEGER NOT NULL, crc INTEGER NOT NULL) STRICT"},
    {"removed", "CREATE TABLE removed(id INTEGER PRIMARY KEY, crc INTEGER NOT NULL) STRICT"},
    {"roots",
     "CREATE TABLE roots(id INTEGER PRIMARY KEY, path BLOB NOT NULL, relative BLOB NOT NULL, "
     "crc INTEGER NOT NULL) STRICT"},
    {"segments",
     "CREATE TABLE segments(id INTEGER PRIMARY KEY, rows INTEGER NOT NULL, first_image INTEGER NOT "
     "NULL, "
     "last_image INTEGER NOT NULL, features_file BLOB NOT NULL, codes_file BLOB NOT NULL, "
     "crc INTEGER NOT NULL) STRICT"},
    {"tags",
     "CREATE TABLE tags(id INTEGER PRIMARY KEY, key BLOB NOT NULL, value BLOB NOT NULL, "
     "crc INTEGER NOT NULL) STRICT"},
    {"tags_by_text", "CREATE UNIQUE INDEX tags_by_text ON tags(key, value)"},
    {"totals",
     "CREATE TABLE totals(name BLOB NOT NULL PRIMARY KEY, rows INTEGER NOT NULL, crc_sum INTEGER "
     "NOT NULL, "
     "crc INTEGER NOT NULL) STRICT, WITHOUT ROWID"},
};

// An index needs its table first, so tables go before indexes.
Status CreateAll(SqliteConnection* connection, bool indexes) {
  for (const SchemaEntry& entry : kSchema) {
    const bool is_index = entry.name.find("_by_") != std::string_view::npos;
    if (is_index == indexes) HL_TRY(connection->Execute(entry.sql));
  }
  return {};
}

}  // namespace

Status CreateTables(SqliteConnection* connection, const LibraryMeta& meta) {
  const std::string numbers = "PRAGMA application_id=" + std::to_string(kApplicationId) +
                              "; PRAGMA user_version=" + std::to_string(kLibraryFormatVersion);
  HL_TRY(connection->Execute(numbers.c_str()));
  HL_TRY(CreateAll(connection, /*indexes=*/false));
  HL_TRY(CreateAll(connection, /*indexes=*/true));
  HL_TRY(StoreMeta(connection, meta));
  return StoreTotals(connection, Totals{});
}

Status CheckSchema(SqliteConnection* connection) {
  HL_ASSIGN(const int64_t application, connection->QueryInt("PRAGMA application_id"));
  if (application != kApplicationId)
    return connection->Corrupt("not the catalog of a hashlens library");
  HL_ASSIGN(const int64_t version, connection->QueryInt("PRAGMA user_version"));
  if (version > kLibraryFormatVersion) {
    return Unsupported(Printable(connection->file()) +
                       ": made by a newer version of hashlens (library format " +
                       std::to_string(version) + ", this one reads up to " +
                       std::to_string(kLibraryFormatVersion) + "): update hashlens");
  }
  if (version != kLibraryFormatVersion) {
    return connection->Corrupt("library format " + std::to_string(version) + " does not exist");
  }
  HL_ASSIGN(SqliteStatement rows,
            connection->Prepare("SELECT name, sql FROM sqlite_master ORDER BY name"));
  for (const SchemaEntry& entry : kSchema) {
    HL_ASSIGN(const bool row, rows.Step());
    if (!row || rows.Bytes(0) != entry.name || rows.Bytes(1) != entry.sql) {
      return connection->Corrupt("schema: not as it should be at '" + std::string(entry.name) +
                                 "'");
    }
  }
  HL_ASSIGN(const bool more, rows.Step());
  if (more)
    return connection->Corrupt("schema: '" + std::string(rows.Bytes(0)) +
                               "' does not belong there");
  return {};
}

}  // namespace hashlens
