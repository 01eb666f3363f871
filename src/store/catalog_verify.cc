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
    {"an image is a failure, too", "SELECT 1 FROM failures JOIN images USING(root, path) LIMIT 1"},
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

// Every row's checksum, and per table their number and sum.
Status CheckRows(SqliteConnection* connection) {
  HL_ASSIGN(const Totals expected, LoadTotals(connection));
  Totals found;
  const auto count = [&](Kind kind, const char* sql) -> Status {
    HL_ASSIGN(SqliteStatement select, connection->Prepare(sql));
    for (;;) {
      HL_ASSIGN(const bool row, select.Step());
      if (!row) return {};
      HL_ASSIGN(const uint32_t crc, CheckRow(select, TableOf(kind)));
      const bool skipped = kind == Kind::kFailure && FailureFrom(select).skipped;
      Total& total = found[static_cast<size_t>(skipped ? Kind::kSkipped : kind)];
      ++total.rows;
      total.crc_sum += crc;
    }
  };
  HL_TRY(count(Kind::kRoot, "SELECT * FROM roots"));
  HL_TRY(count(Kind::kSegment, "SELECT * FROM segments"));
  HL_TRY(count(Kind::kImage, "SELECT * FROM images"));
  HL_TRY(count(Kind::kRemoved, "SELECT * FROM removed"));
  HL_TRY(count(Kind::kTag, "SELECT * FROM tags"));
  HL_TRY(count(Kind::kImageTag, "SELECT * FROM image_tags"));
  HL_TRY(count(Kind::kFailure, "SELECT * FROM failures"));
  for (size_t kind = 0; kind < kKinds; ++kind) {
    if (found[kind] != expected[kind]) {
      return connection->Corrupt(std::string(TotalNameOf(static_cast<Kind>(kind))) + ": " +
                                 std::to_string(found[kind].rows) + " rows are not the " +
                                 std::to_string(expected[kind].rows) + " that were written");
    }
  }
  HL_ASSIGN(const int64_t totals, connection->QueryInt("SELECT count(*) FROM totals"));
  HL_ASSIGN(const int64_t metas, connection->QueryInt("SELECT count(*) FROM meta"));
  if (totals != static_cast<int64_t>(kKinds) || metas != 1) {
    return connection->Corrupt("table meta or totals: rows that do not belong there");
  }
  return {};
}

// Every image and removed image in the range of one segment, and as many as it has rows.
Status CheckSegments(SqliteConnection* connection) {
  HL_ASSIGN(const LibraryMeta meta, LoadMeta(connection));
  HL_ASSIGN(const Totals totals, LoadTotals(connection));
  HL_ASSIGN(const std::vector<SegmentRow> segments, LoadSegments(connection));
  if (const std::string fault = SegmentsFault(segments); !fault.empty())
    return connection->Corrupt(fault);
  uint64_t images = 0;
  uint64_t removed = 0;
  for (const SegmentRow& segment : segments) {
    HL_ASSIGN(const uint64_t images_here,
              CountInRange(connection, Kind::kImage, segment.first_image, segment.last_image));
    HL_ASSIGN(const uint64_t removed_here,
              CountInRange(connection, Kind::kRemoved, segment.first_image, segment.last_image));
    if (images_here + removed_here != segment.rows) {
      return connection->Corrupt("segment " + std::to_string(segment.id) + ": " +
                                 std::to_string(segment.rows) + " rows for " +
                                 std::to_string(images_here) + " images and " +
                                 std::to_string(removed_here) + " removed ones");
    }
    images += images_here;
    removed += removed_here;
  }
  if (images != totals[static_cast<size_t>(Kind::kImage)].rows ||
      removed != totals[static_cast<size_t>(Kind::kRemoved)].rows) {
    return connection->Corrupt("an image is in no segment");
  }
  if (!segments.empty() && segments.back().last_image >= meta.next_id) {
    return connection->Corrupt("table meta: the next image's id has been used");
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
  HL_TRY(CheckSegments(connection));
  HL_TRY(CheckReferences(connection));
  return transaction.Commit();
}

}  // namespace hashlens
