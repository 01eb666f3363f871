#include <algorithm>
#include <iterator>
#include <optional>
#include <string>
#include <tuple>
#include <unordered_map>
#include <unordered_set>
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

Result<TagNumbers> FindTags(SqliteConnection* connection, const std::vector<TagFilter>& tags) {
  TagNumbers numbers(tags.size());
  HL_TRY(ForEachCounted(connection, Kind::kTag, "SELECT * FROM tags",
                        [&](const SqliteStatement& row) -> Status {
                          for (size_t i = 0; i < tags.size(); ++i) {
                            if (row.Bytes(1) == tags[i].key && row.Bytes(2) == tags[i].value)
                              numbers[i] = row.Uint(0);
                          }
                          return {};
                        }));
  return numbers;
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
  HL_ASSIGN(const TagNumbers numbers, FindTags(connection, tags));
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

Result<std::vector<uint64_t>> Catalog::ImagesWithKey(std::string_view key) const {
  SqliteConnection* connection = database_->connection.get();
  HL_ASSIGN(SqliteTransaction transaction,
            SqliteTransaction::Begin(connection, SqliteTransaction::Kind::kRead));
  std::unordered_set<uint64_t> numbers;  // of the key's tags
  HL_TRY(ForEachCounted(connection, Kind::kTag, "SELECT * FROM tags",
                        [&](const SqliteStatement& row) -> Status {
                          if (row.Bytes(1) == key) numbers.insert(row.Uint(0));
                          return {};
                        }));
  std::vector<uint64_t> ids;
  HL_TRY(ForEachCounted(connection, Kind::kImageTag, "SELECT * FROM image_tags",
                        [&](const SqliteStatement& row) -> Status {
                          if (numbers.contains(row.Uint(0))) ids.push_back(row.Uint(1));
                          return {};
                        }));
  HL_TRY(transaction.Commit());
  std::ranges::sort(ids);
  const auto doubled = std::unique(ids.begin(), ids.end());
  ids.erase(doubled, ids.end());
  return ids;
}

Result<std::vector<CatalogTagCount>> Catalog::TagCounts() const {
  SqliteConnection* connection = database_->connection.get();
  HL_ASSIGN(SqliteTransaction transaction,
            SqliteTransaction::Begin(connection, SqliteTransaction::Kind::kRead));
  std::unordered_map<uint64_t, uint64_t> images;  // by the tag's number
  HL_TRY(ForEachCounted(connection, Kind::kImageTag, "SELECT * FROM image_tags",
                        [&](const SqliteStatement& row) -> Status {
                          ++images[row.Uint(0)];
                          return {};
                        }));
  std::vector<CatalogTagCount> counts;
  HL_TRY(ForEachCounted(
      connection, Kind::kTag, "SELECT * FROM tags", [&](const SqliteStatement& row) -> Status {
        const auto found = images.find(row.Uint(0));
        if (found == images.end()) return {};
        counts.push_back({std::string(row.Bytes(1)), std::string(row.Bytes(2)), found->second});
        return {};
      }));
  if (counts.size() != images.size())
    return connection->Corrupt("table image_tags: a tag is missing");
  HL_TRY(transaction.Commit());
  std::ranges::sort(counts, [](const CatalogTagCount& a, const CatalogTagCount& b) {
    return std::tie(b.images, a.key, a.value) < std::tie(a.images, b.key, b.value);
  });
  return counts;
}

}  // namespace hashlens
