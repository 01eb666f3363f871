#include <algorithm>
#include <string>
#include <vector>

#include "base/try.h"
#include "store/catalog_database.h"

namespace hashlens {
namespace {

constexpr size_t kLongestReport = 400;

struct Reference {
  const char* fault;
  const char* find;  // a row for every reference that leads nowhere
};

constexpr Reference kReferences[] = {
    {"an image's root is missing",
     "SELECT 1 FROM images WHERE root NOT IN (SELECT id FROM roots) LIMIT 1"},
    {"a failure's root is missing",
     "SELECT 1 FROM failures WHERE root NOT IN (SELECT id FROM roots) LIMIT 1"},
    {"an image is removed, too", "SELECT 1 FROM removed JOIN images USING(id) LIMIT 1"},
    {"a tag of an image is missing",
     "SELECT 1 FROM image_tags WHERE tag NOT IN (SELECT id FROM tags) LIMIT 1"},
    {"a tagged image is missing",
     "SELECT 1 FROM image_tags WHERE NOT EXISTS (SELECT 1 FROM images WHERE id=image) LIMIT 1"},
};

Status CheckIntegrity(SqliteConnection* connection) {
  HL_ASSIGN(SqliteStatement check, connection->Prepare("PRAGMA integrity_check(10)"));
  std::string report;
  for (;;) {
    HL_ASSIGN(const bool row, check.Step());
    if (!row) break;
    report += (report.empty() ? "" : "; ") + std::string(check.Bytes(0));
  }
  if (report == "ok") return {};
  std::ranges::replace(report, '\n', ' ');
  if (report.size() > kLongestReport) report = report.substr(0, kLongestReport) + "...";
  return connection->Corrupt("SQLite's integrity check: " + report);
}

// Every row's checksum, and their number and sum in each table.
Status CheckRows(SqliteConnection* connection) {
  const auto count = [&](Kind kind, const char* sql) {
    return ForEachCounted(connection, kind, sql, [](const SqliteStatement&) { return Status(); });
  };
  HL_TRY(count(Kind::kRoot, "SELECT * FROM roots"));
  HL_TRY(count(Kind::kSegment, "SELECT * FROM segments"));
  HL_TRY(count(Kind::kImage, "SELECT * FROM images"));
  HL_TRY(count(Kind::kRemoved, "SELECT * FROM removed"));
  HL_TRY(count(Kind::kTag, "SELECT * FROM tags"));
  HL_TRY(count(Kind::kImageTag, "SELECT * FROM image_tags"));
  HL_TRY(count(Kind::kFailure, "SELECT * FROM failures"));
  HL_ASSIGN(const int64_t totals, connection->QueryInt("SELECT count(*) FROM totals"));
  HL_ASSIGN(const int64_t metas, connection->QueryInt("SELECT count(*) FROM meta"));
  if (totals != static_cast<int64_t>(kKinds) || metas != 1) {
    return connection->Corrupt("table meta or totals: rows that do not belong there");
  }
  return {};
}

Status CheckReferences(SqliteConnection* connection) {
  for (const Reference& reference : kReferences) {
    HL_ASSIGN(SqliteStatement find, connection->Prepare(reference.find));
    HL_ASSIGN(const bool found, find.Step());
    if (found) return connection->Corrupt(reference.fault);
  }
  return {};
}

}  // namespace

Status Catalog::Verify() const {
  SqliteConnection* connection = database_->connection.get();
  HL_ASSIGN(SqliteTransaction transaction,
            SqliteTransaction::Begin(connection, SqliteTransaction::Kind::kRead));
  HL_TRY(CheckIntegrity(connection));
  HL_TRY(CheckSchema(connection));
  HL_TRY(CheckRows(connection));
  HL_ASSIGN(const CatalogSnapshot state, LoadSnapshot(connection));
  HL_TRY(CheckSegmentRows(connection, state.segments));
  HL_TRY(CheckReferences(connection));
  return transaction.Commit();
}

}  // namespace hashlens
