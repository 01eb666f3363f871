// The state that readers start from and writers delete and number files by. Everything cheap is
// checked before anybody relies on it: a row's checksum does not tell that a row is missing.
#include <algorithm>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "base/try.h"
#include "store/catalog_database.h"

namespace hashlens {
namespace {

constexpr uint64_t kLargestNextId = kLargestId / 2;  // leaves room for any batch

bool IsInOneOf(uint64_t id, const std::vector<SegmentRow>& segments) {
  const auto after = std::ranges::upper_bound(segments, id, {}, &SegmentRow::first_image);
  return after != segments.begin() && id <= (after - 1)->last_image;
}

// Why no commit can have left this state; empty when one can.
std::string Fault(const CatalogSegments& state, const Totals& totals) {
  if (std::string fault = SegmentsFault(state.segments); !fault.empty()) return fault;
  uint64_t rows = 0;
  for (const SegmentRow& segment : state.segments) {
    if (!IsPlainName(segment.features_file)) return NotPlain(segment.features_file);
    if (!IsPlainName(segment.codes_file)) return NotPlain(segment.codes_file);
    rows += segment.rows;
  }
  if (rows != totals[static_cast<size_t>(Kind::kImage)].rows +
                  totals[static_cast<size_t>(Kind::kRemoved)].rows) {
    return "an image is in no segment";
  }
  if (state.meta.next_id == 0 || state.meta.next_id > kLargestNextId ||
      (!state.segments.empty() && state.segments.back().last_image >= state.meta.next_id)) {
    return "table meta: the next image's id has been used, or is out of range";
  }
  return "";
}

}  // namespace

Result<std::vector<RootRow>> LoadRoots(SqliteConnection* connection) {
  std::vector<RootRow> roots;
  HL_TRY(ForEachCounted(connection, Kind::kRoot, "SELECT * FROM roots ORDER BY id",
                        [&](const SqliteStatement& row) -> Status {
                          roots.push_back(RootFrom(row));
                          return {};
                        }));
  return roots;
}

Result<std::vector<SegmentRow>> LoadSegments(SqliteConnection* connection) {
  std::vector<SegmentRow> segments;
  HL_TRY(ForEachCounted(connection, Kind::kSegment, "SELECT * FROM segments ORDER BY first_image",
                        [&](const SqliteStatement& row) -> Status {
                          segments.push_back(SegmentFrom(row));
                          return {};
                        }));
  return segments;
}

Result<CatalogSegments> LoadState(SqliteConnection* connection) {
  CatalogSegments state;
  HL_ASSIGN(state.meta, LoadMeta(connection));
  HL_ASSIGN(state.segments, LoadSegments(connection));
  HL_ASSIGN(const Totals totals, LoadTotals(connection));
  if (const std::string fault = Fault(state, totals); !fault.empty())
    return connection->Corrupt(fault);
  return state;
}

Result<CatalogSnapshot> LoadSnapshot(SqliteConnection* connection) {
  HL_ASSIGN(CatalogSegments segments, LoadState(connection));
  CatalogSnapshot state{std::move(segments.meta), std::move(segments.segments), {}};
  HL_TRY(ForEachCounted(connection, Kind::kRemoved, "SELECT * FROM removed ORDER BY id",
                        [&](const SqliteStatement& row) -> Status {
                          state.removed.push_back(row.Uint(0));
                          return {};
                        }));
  for (const uint64_t id : state.removed) {
    if (!IsInOneOf(id, state.segments))
      return connection->Corrupt("removed image " + std::to_string(id) + " is in no segment");
  }
  return state;
}

std::string SegmentsFault(const std::vector<SegmentRow>& segments) {
  uint64_t next_image = 1;
  std::set<uint64_t> ids;
  for (const SegmentRow& segment : segments) {
    const std::string name = "segment " + std::to_string(segment.id);
    if (segment.id == 0 || segment.id >= kLargestId || !ids.insert(segment.id).second) {
      return name + ": number out of range or used twice";
    }
    if (segment.first_image < next_image || segment.last_image < segment.first_image ||
        segment.last_image >= kLargestId) {
      return name + ": images " + std::to_string(segment.first_image) + " to " +
             std::to_string(segment.last_image) + " are out of order or range";
    }
    if (segment.rows == 0 || segment.rows - 1 > segment.last_image - segment.first_image) {
      return name + ": " + std::to_string(segment.rows) + " rows do not fit its images' range";
    }
    next_image = segment.last_image + 1;
  }
  return "";
}

Result<uint64_t> CountInRange(SqliteConnection* connection, Kind table, uint64_t first,
                              uint64_t last) {
  HL_ASSIGN(SqliteStatement count,
            connection->Prepare(table == Kind::kImage
                                    ? "SELECT count(*) FROM images WHERE id BETWEEN ?1 AND ?2"
                                    : "SELECT count(*) FROM removed WHERE id BETWEEN ?1 AND ?2"));
  count.Bind(1, first);
  count.Bind(2, last);
  HL_ASSIGN(const bool row, count.Step());
  if (!row) return connection->Corrupt("an answer is missing");
  return count.Uint(0);
}

Status CheckSegmentRows(SqliteConnection* connection, const std::vector<SegmentRow>& segments) {
  for (const SegmentRow& segment : segments) {
    HL_ASSIGN(const uint64_t images,
              CountInRange(connection, Kind::kImage, segment.first_image, segment.last_image));
    HL_ASSIGN(const uint64_t removed,
              CountInRange(connection, Kind::kRemoved, segment.first_image, segment.last_image));
    if (images + removed != segment.rows) {
      return connection->Corrupt("segment " + std::to_string(segment.id) + ": " +
                                 std::to_string(segment.rows) + " rows for " +
                                 std::to_string(images) + " images and " + std::to_string(removed) +
                                 " removed ones");
    }
  }
  return {};
}

Result<std::optional<ImageRow>> Catalog::FindImageOf(const CatalogSnapshot& snapshot,
                                                     uint64_t id) const {
  SqliteConnection* connection = database_->connection.get();
  HL_ASSIGN(SqliteTransaction transaction,
            SqliteTransaction::Begin(connection, SqliteTransaction::Kind::kRead));
  HL_ASSIGN(std::optional<ImageRow> image, FindImage(id));
  if (image) return image;
  HL_ASSIGN(SqliteStatement find, connection->Prepare("SELECT * FROM removed WHERE id=?1"));
  find.Bind(1, id);
  HL_ASSIGN(const bool removed, find.Step());
  if (removed) {
    HL_TRY(CheckRow(find, "removed").status());
    return image;
  }
  HL_ASSIGN(const CatalogSnapshot now, LoadSnapshot(connection));
  // Compaction alone forgets a removed image, and puts another segment in the place of its own.
  const auto holds = [&](const SegmentRow& segment) {
    return segment.first_image <= id && id <= segment.last_image;
  };
  const auto before = std::ranges::find_if(snapshot.segments, holds);
  const auto after = std::ranges::find_if(now.segments, holds);
  const bool same = before != snapshot.segments.end() && after != now.segments.end() &&
                    before->id == after->id && before->rows == after->rows;
  if (same) return connection->Corrupt("image " + std::to_string(id) + " is missing");
  return image;
}

}  // namespace hashlens
