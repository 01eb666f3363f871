#include <algorithm>
#include <iterator>
#include <optional>
#include <string>
#include <vector>

#include "base/try.h"
#include "store/catalog_database.h"

namespace hashlens {

Result<Tags> Catalog::ImageTags(uint64_t id) const {
  SqliteConnection* connection = database_->connection.get();
  HL_ASSIGN(SqliteTransaction transaction,
            SqliteTransaction::Begin(connection, SqliteTransaction::Kind::kRead));
  HL_ASSIGN(SqliteStatement links,
            connection->Prepare("SELECT tag, image, crc FROM image_tags WHERE image=?1"));
  HL_ASSIGN(SqliteStatement texts, connection->Prepare("SELECT * FROM tags WHERE id=?1"));
  links.Bind(1, id);
  Tags tags;
  const auto add = [&](const SqliteStatement& link) -> Status {
    texts.Bind(1, link.Int(0));
    HL_ASSIGN(const bool found, texts.Step());
    if (!found) return connection->Corrupt("table image_tags: a tag is missing");
    HL_TRY(CheckRow(texts, "tags").status());
    tags.emplace_back(texts.Bytes(1), texts.Bytes(2));
    return texts.Run();
  };
  HL_TRY(ForEachRow(&links, "image_tags", add));
  HL_TRY(transaction.Commit());
  std::ranges::sort(tags);
  return tags;
}

Result<std::vector<uint64_t>> Catalog::ImagesWithTags(const std::vector<TagFilter>& tags) const {
  SqliteConnection* connection = database_->connection.get();
  HL_ASSIGN(SqliteTransaction transaction,
            SqliteTransaction::Begin(connection, SqliteTransaction::Kind::kRead));
  std::vector<uint64_t> ids;
  if (tags.empty()) {  // every image carries all of no tags
    HL_TRY(ForEachCounted(connection, Kind::kImage, "SELECT * FROM images ORDER BY id",
                          [&](const SqliteStatement& row) -> Status {
                            ids.push_back(row.Uint(0));
                            return {};
                          }));
  }
  // Both tables are read whole: a search by key would not notice what has gone missing.
  std::vector<std::optional<uint64_t>> numbers(tags.size());  // of the tags asked for
  HL_TRY(ForEachCounted(connection, Kind::kTag, "SELECT * FROM tags",
                        [&](const SqliteStatement& row) -> Status {
                          for (size_t i = 0; i < tags.size(); ++i) {
                            if (row.Bytes(1) == tags[i].key && row.Bytes(2) == tags[i].value)
                              numbers[i] = row.Uint(0);
                          }
                          return {};
                        }));
  std::vector<std::vector<uint64_t>> with_tag(tags.size());
  HL_TRY(ForEachCounted(connection, Kind::kImageTag, "SELECT * FROM image_tags ORDER BY tag, image",
                        [&](const SqliteStatement& row) -> Status {
                          for (size_t i = 0; i < tags.size(); ++i) {
                            if (numbers[i] == row.Uint(0)) with_tag[i].push_back(row.Uint(1));
                          }
                          return {};
                        }));
  for (size_t i = 0; i < tags.size(); ++i) {
    if (i == 0) {
      ids = std::move(with_tag[0]);
      continue;
    }
    std::vector<uint64_t> both;
    std::ranges::set_intersection(ids, with_tag[i], std::back_inserter(both));
    ids = std::move(both);
  }
  HL_TRY(transaction.Commit());
  return ids;
}

}  // namespace hashlens
