#include "store/tag_writer.h"

#include <algorithm>
#include <iterator>
#include <optional>

#include "base/try.h"
#include "store/catalog_database.h"

namespace hashlens {
namespace {

Result<std::optional<int64_t>> FindTag(SqliteConnection* connection, const std::string& key,
                                       const std::string& value) {
  HL_ASSIGN(SqliteStatement find,
            connection->Prepare("SELECT * FROM tags WHERE key=?1 AND value=?2"));
  find.Bind(1, key);
  find.Bind(2, value);
  HL_ASSIGN(const bool found, find.Step());
  if (!found) return std::optional<int64_t>();
  HL_TRY(CheckRow(find, "tags").status());
  return std::optional(find.Int(0));
}

// The number of a tag, given to it when it is new.
Result<int64_t> TagId(TableWriter* writer, const std::string& key, const std::string& value) {
  HL_ASSIGN(const std::optional<int64_t> found, FindTag(writer->connection(), key, value));
  if (found) return *found;
  HL_ASSIGN(const int64_t id,
            writer->connection()->QueryInt("SELECT coalesce(max(id), 0) + 1 FROM tags"));
  HL_TRY(writer->Insert(Kind::kTag, {id, key, value}));
  return id;
}

Status UntagImage(TableWriter* writer, int64_t tag, uint64_t image) {
  return writer
      ->Delete(Kind::kImageTag, "DELETE FROM image_tags WHERE tag=?1 AND image=?2 RETURNING *",
               {tag, UintField(image)})
      .status();
}

}  // namespace

Result<std::set<int64_t>> TagIds(TableWriter* writer, const Tags& tags) {
  std::set<int64_t> ids;
  for (const auto& [key, value] : tags) {
    HL_ASSIGN(const int64_t id, TagId(writer, key, value));
    ids.insert(id);
  }
  return ids;
}

Result<std::set<int64_t>> TagIdsOfKeys(SqliteConnection* connection,
                                       const std::vector<std::string>& keys) {
  std::set<int64_t> ids;
  for (const std::string& key : keys) {
    HL_ASSIGN(SqliteStatement find, connection->Prepare("SELECT * FROM tags WHERE key=?1"));
    find.Bind(1, key);
    HL_TRY(ForEachRow(&find, "tags", [&](const SqliteStatement& row) -> Status {
      ids.insert(row.Int(0));
      return {};
    }));
  }
  return ids;
}

Result<std::set<int64_t>> TagIdsOf(SqliteConnection* connection, uint64_t image) {
  HL_ASSIGN(SqliteStatement select,
            connection->Prepare("SELECT tag, image, crc FROM image_tags WHERE image=?1"));
  select.Bind(1, image);
  std::set<int64_t> tags;
  HL_TRY(ForEachRow(&select, "image_tags", [&](const SqliteStatement& row) -> Status {
    tags.insert(row.Int(0));
    return {};
  }));
  return tags;
}

Status TagImage(TableWriter* writer, int64_t tag, uint64_t image) {
  return writer->Insert(Kind::kImageTag, {tag, UintField(image)});
}

Result<uint64_t> Catalog::ChangeTags(const std::vector<uint64_t>& ids,
                                     const CatalogTagChange& change) {
  HL_ASSIGN(TableWriter writer, database_->BeginWrite());
  SqliteConnection* connection = writer.connection();
  HL_ASSIGN(const std::set<int64_t> added, TagIds(&writer, change.add));
  HL_ASSIGN(std::set<int64_t> removed, TagIdsOfKeys(connection, change.keys));
  for (const auto& [key, value] : change.remove) {
    HL_ASSIGN(const std::optional<int64_t> tag, FindTag(connection, key, value));
    if (tag) removed.insert(*tag);
  }
  uint64_t changed = 0;
  for (const uint64_t id : ids) {
    HL_ASSIGN(const std::optional<ImageRow> image, FindImage(id));
    if (!image) continue;
    HL_ASSIGN(const std::set<int64_t> before, TagIdsOf(connection, id));
    std::set<int64_t> after = added;
    std::ranges::set_difference(before, removed, std::inserter(after, after.end()));
    if (after == before) continue;
    ++changed;
    for (const int64_t tag : before)
      if (!after.contains(tag)) HL_TRY(UntagImage(&writer, tag, id));
    for (const int64_t tag : after)
      if (!before.contains(tag)) HL_TRY(TagImage(&writer, tag, id));
  }
  HL_TRY(writer.Commit());
  return changed;
}

}  // namespace hashlens
