#include <algorithm>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "base/try.h"
#include "store/catalog_database.h"

namespace hashlens {
namespace {

// The images that carry one tag, in order of id: walked along with the images themselves.
class TagCursor {
 public:
  static Result<TagCursor> Open(SqliteConnection* connection, uint64_t tag) {
    HL_ASSIGN(SqliteStatement links,
              connection->Prepare("SELECT * FROM image_tags WHERE tag=?1 ORDER BY image"));
    links.Bind(1, tag);
    TagCursor cursor(std::move(links));
    HL_TRY(cursor.Next());
    return cursor;
  }

  // Ids are asked for in ascending order.
  Result<bool> Holds(uint64_t image) {
    while (image_ && *image_ < image) HL_TRY(Next());
    return image_ == image;
  }

 private:
  explicit TagCursor(SqliteStatement links) : links_(std::move(links)) {}

  Status Next() {
    image_.reset();
    HL_ASSIGN(const bool row, links_.Step());
    if (!row) return {};
    HL_TRY(CheckRow(links_, "image_tags").status());
    image_ = links_.Uint(1);
    return {};
  }

  SqliteStatement links_;
  std::optional<uint64_t> image_;  // none: past the last
};

// None when an unknown tag is asked for, which no image carries.
Result<std::optional<std::vector<TagCursor>>> OpenTags(SqliteConnection* connection,
                                                       const std::vector<TagFilter>& tags) {
  std::optional<std::vector<TagCursor>> cursors(std::in_place);
  if (tags.empty()) return cursors;
  HL_ASSIGN(const TagNumbers numbers, FindTags(connection, tags));
  // The cursors, which go by key, would not notice what has gone missing.
  HL_TRY(ForEachCounted(connection, Kind::kImageTag, "SELECT * FROM image_tags",
                        [](const SqliteStatement&) { return Status(); }));
  for (const std::optional<uint64_t>& number : numbers) {
    if (!number) return std::optional<std::vector<TagCursor>>();
    HL_ASSIGN(TagCursor cursor, TagCursor::Open(connection, *number));
    cursors->push_back(std::move(cursor));
  }
  return cursors;
}

Result<bool> HoldAll(std::vector<TagCursor>* cursors, uint64_t image) {
  for (TagCursor& cursor : *cursors) {
    HL_ASSIGN(const bool holds, cursor.Holds(image));
    if (!holds) return false;
  }
  return true;
}

// Whether a row of the table images meets the conditions on place and time.
bool Meets(const SqliteStatement& image, const ImageFilter& filter) {
  if (filter.added_since && image.Int(8) < *filter.added_since) return false;
  if (filter.under.empty()) return true;
  const uint64_t root = image.Uint(1);
  const std::string_view path = image.Bytes(2);
  return std::ranges::any_of(filter.under, [&](const RootedPath& place) {
    return place.root == root && IsUnder(path, place.path);
  });
}

}  // namespace

Status Catalog::ForEachMatch(const ImageFilter& filter,
                             const std::function<Status(const ImageRow&)>& use) const {
  SqliteConnection* connection = database_->connection.get();
  HL_ASSIGN(SqliteTransaction transaction,
            SqliteTransaction::Begin(connection, SqliteTransaction::Kind::kRead));
  HL_ASSIGN(std::optional<std::vector<TagCursor>> tags, OpenTags(connection, filter.tags));
  if (!tags) return transaction.Commit();
  // Read whole, and in order of id: an index would not notice what has gone missing.
  HL_TRY(ForEachCounted(connection, Kind::kImage, "SELECT * FROM images ORDER BY id",
                        [&](const SqliteStatement& row) -> Status {
                          if (!Meets(row, filter)) return {};
                          HL_ASSIGN(const bool tagged, HoldAll(&*tags, row.Uint(0)));
                          return tagged ? use(ImageFrom(row)) : Status();
                        }));
  return transaction.Commit();
}

}  // namespace hashlens
