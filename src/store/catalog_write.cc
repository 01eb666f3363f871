#include <algorithm>
#include <iterator>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "base/try.h"
#include "store/catalog_database.h"
#include "store/tag_writer.h"

namespace hashlens {
namespace {

Status InsertSegment(TableWriter* writer, const SegmentRow& segment) {
  return writer->Insert(
      Kind::kSegment,
      {UintField(segment.id), UintField(segment.rows), UintField(segment.first_image),
       UintField(segment.last_image), segment.features_file, segment.codes_file});
}

Status InsertImage(TableWriter* writer, const ImageRow& image) {
  return writer->Insert(Kind::kImage,
                        {UintField(image.id), UintField(image.root), image.path,
                         UintField(image.stamp.size), image.stamp.mtime_ns, int64_t{image.width},
                         int64_t{image.height}, image.format, image.added_at_ms});
}

Status InsertFailure(TableWriter* writer, const FailureRow& failure) {
  return writer->Insert(
      failure.skipped ? Kind::kSkipped : Kind::kFailure,
      {UintField(failure.root), failure.path, UintField(failure.stamp.size), failure.stamp.mtime_ns,
       int64_t{failure.skipped}, failure.reason, failure.at_ms});
}

// False when there is no such image. Its tags go with it.
Result<bool> RemoveImage(TableWriter* writer, uint64_t id) {
  HL_ASSIGN(
      const uint64_t count,
      writer->Delete(Kind::kImage, "DELETE FROM images WHERE id=?1 RETURNING *", {UintField(id)}));
  if (count == 0) return false;
  HL_TRY(writer
             ->Delete(Kind::kImageTag, "DELETE FROM image_tags WHERE image=?1 RETURNING *",
                      {UintField(id)})
             .status());
  HL_TRY(writer->Insert(Kind::kRemoved, {UintField(id)}));
  return true;
}

Status NeedRoot(SqliteConnection* connection, uint64_t root) {
  HL_ASSIGN(SqliteStatement find, connection->Prepare("SELECT 1 FROM roots WHERE id=?1"));
  find.Bind(1, root);
  HL_ASSIGN(const bool found, find.Step());
  return found ? Status() : InvalidArgument("there is no root " + std::to_string(root));
}

// own: tags that do not pass on from an image that this one replaces.
Status AddImage(TableWriter* writer, const ImageRow& image, std::set<int64_t> tags,
                const std::set<int64_t>& own) {
  HL_TRY(NeedRoot(writer->connection(), image.root));
  HL_ASSIGN(const std::optional<ImageRow> old,
            FindImageAt(writer->connection(), image.root, image.path));
  if (old) {
    HL_ASSIGN(const std::set<int64_t> kept, TagIdsOf(writer->connection(), old->id));
    std::ranges::set_difference(kept, own, std::inserter(tags, tags.end()));
    HL_TRY(RemoveImage(writer, old->id).status());
  }
  HL_TRY(writer->DeleteFailure(image.root, image.path).status());
  HL_TRY(InsertImage(writer, image));
  for (const int64_t tag : tags) HL_TRY(TagImage(writer, tag, image.id));
  return {};
}

Status AddFailure(TableWriter* writer, const FailureRow& failure) {
  HL_TRY(NeedRoot(writer->connection(), failure.root));
  HL_TRY(writer->DeleteFailure(failure.root, failure.path).status());
  return InsertFailure(writer, failure);
}

// The batch's images must be the rows of its segment.
Status CheckBatch(const CatalogBatch& batch) {
  if (!batch.segment) {
    return batch.images.empty() ? Status()
                                : InvalidArgument("a batch of images needs their segment");
  }
  if (!batch.own_tags.empty() && batch.own_tags.size() != batch.images.size())
    return InvalidArgument("a batch with tags of some of its images only");
  const SegmentRow& segment = *batch.segment;
  if (const std::string fault = SegmentsFault({segment}); !fault.empty())
    return InvalidArgument(fault);
  if (segment.rows != batch.images.size()) {
    return InvalidArgument("segment " + std::to_string(segment.id) + " has " +
                           std::to_string(segment.rows) + " rows for " +
                           std::to_string(batch.images.size()) + " images");
  }
  uint64_t next = segment.first_image;
  for (const ImageRow& image : batch.images) {
    if (image.id < next || image.id > segment.last_image) {
      return InvalidArgument("image " + std::to_string(image.id) +
                             " is out of order, or out of its segment's range");
    }
    next = image.id + 1;
  }
  return {};
}

Status AddSegment(TableWriter* writer, const SegmentRow& segment) {
  SqliteConnection* connection = writer->connection();
  HL_ASSIGN(LibraryMeta meta, LoadMeta(connection));
  HL_ASSIGN(const std::vector<SegmentRow> segments, LoadSegments(connection));
  uint64_t last = 0;
  for (const SegmentRow& other : segments) last = std::max(last, other.id);
  if (segment.first_image < meta.next_id || segment.id <= last) {
    return InvalidArgument("segment " + std::to_string(segment.id) + ", images from " +
                           std::to_string(segment.first_image) +
                           " on: those numbers have been used");
  }
  meta.next_id = segment.last_image + 1;
  HL_TRY(StoreMeta(connection, meta));
  return InsertSegment(writer, segment);
}

// Those segments that are not among `others`, or that lose one of the purged images.
std::vector<SegmentRow> Without(const std::vector<SegmentRow>& segments,
                                const std::vector<SegmentRow>& others,
                                std::vector<uint64_t> purged) {
  std::ranges::sort(purged);
  std::vector<SegmentRow> rest;
  for (const SegmentRow& segment : segments) {
    const auto lost = std::ranges::lower_bound(purged, segment.first_image);
    const bool loses = lost != purged.end() && *lost <= segment.last_image;
    if (loses || std::ranges::find(others, segment) == others.end()) rest.push_back(segment);
  }
  return rest;
}

constexpr std::string_view kChangedMeanwhile =
    "the library's segments have changed meanwhile: run it again";

// The segments that commits have put behind those of `from`; kInvalidArgument when anything else
// has happened to them.
Result<std::vector<SegmentRow>> AddedSince(const CatalogSnapshot& from,
                                           const std::vector<SegmentRow>& current) {
  const auto [known, added] = std::ranges::mismatch(from.segments, current);
  if (known != from.segments.end() ||
      (added != current.end() && added->first_image < from.meta.next_id))
    return InvalidArgument(std::string(kChangedMeanwhile));
  return std::vector<SegmentRow>(added, current.end());
}

}  // namespace

Result<RootRow> Catalog::AddRoot(const std::string& path, const std::string& relative) {
  HL_ASSIGN(TableWriter writer, database_->BeginWrite());
  HL_ASSIGN(const std::vector<RootRow> roots, LoadRoots(writer.connection()));
  uint64_t last = 0;
  for (const RootRow& root : roots) {
    if (root.path == path) return root;
    last = std::max(last, root.id);
  }
  RootRow root{last + 1, path, relative};
  HL_TRY(writer.Insert(Kind::kRoot, {UintField(root.id), root.path, root.relative}));
  HL_TRY(writer.Commit());
  return root;
}

Status Catalog::MoveRoot(const RootRow& root) {
  HL_ASSIGN(TableWriter writer, database_->BeginWrite());
  HL_ASSIGN(const uint64_t count,
            writer.Delete(Kind::kRoot, "DELETE FROM roots WHERE id=?1 RETURNING *",
                          {UintField(root.id)}));
  if (count == 0) return InvalidArgument("there is no root " + std::to_string(root.id));
  HL_TRY(writer.Insert(Kind::kRoot, {UintField(root.id), root.path, root.relative}));
  return writer.Commit();
}

Status Catalog::Commit(const CatalogBatch& batch) {
  HL_TRY(CheckBatch(batch));
  HL_ASSIGN(TableWriter writer, database_->BeginWrite());
  if (batch.segment) HL_TRY(AddSegment(&writer, *batch.segment));
  std::set<int64_t> tags;
  if (!batch.images.empty()) {
    HL_ASSIGN(tags, TagIds(&writer, batch.tags));
  }
  HL_ASSIGN(const std::set<int64_t> own, TagIdsOfKeys(writer.connection(), batch.own_keys));
  for (size_t i = 0; i < batch.images.size(); ++i) {
    std::set<int64_t> all = tags;
    if (!batch.own_tags.empty()) {
      HL_ASSIGN(const std::set<int64_t> of_image, TagIds(&writer, batch.own_tags[i]));
      all.insert(of_image.begin(), of_image.end());
    }
    HL_TRY(AddImage(&writer, batch.images[i], std::move(all), own));
  }
  for (const FailureRow& failure : batch.failures) HL_TRY(AddFailure(&writer, failure));
  return writer.Commit();
}

Result<uint64_t> Catalog::RemoveImages(const std::vector<uint64_t>& ids) {
  HL_ASSIGN(TableWriter writer, database_->BeginWrite());
  uint64_t count = 0;
  for (const uint64_t id : ids) {
    HL_ASSIGN(const bool removed, RemoveImage(&writer, id));
    if (removed) ++count;
  }
  HL_TRY(writer.Commit());
  return count;
}

Status Catalog::RemoveFailures(uint64_t root, const std::vector<std::string>& paths) {
  HL_ASSIGN(TableWriter writer, database_->BeginWrite());
  for (const std::string& path : paths) HL_TRY(writer.DeleteFailure(root, path).status());
  return writer.Commit();
}

Status Catalog::Rewrite(const CatalogSnapshot& from, const CatalogRewrite& rewrite) {
  HL_ASSIGN(TableWriter writer, database_->BeginWrite());
  SqliteConnection* connection = writer.connection();
  HL_ASSIGN(const std::vector<SegmentRow> current, LoadSegments(connection));
  HL_ASSIGN(const std::vector<SegmentRow> added, AddedSince(from, current));
  // They have codes of the head that was there before.
  if (rewrite.meta && !added.empty()) return InvalidArgument(std::string(kChangedMeanwhile));
  std::vector<SegmentRow> segments = rewrite.segments;
  segments.insert(segments.end(), added.begin(), added.end());
  if (const std::string fault = SegmentsFault(segments); !fault.empty())
    return InvalidArgument(fault);
  // After this, what does not fit is the caller's fault.
  HL_TRY(CheckSegmentRows(connection, Without(current, segments, rewrite.purged)));
  HL_ASSIGN(const LibraryMeta meta, LoadMeta(connection));
  if (!segments.empty() && segments.back().last_image >= meta.next_id) {
    return InvalidArgument("a segment's range goes beyond the library's images");
  }
  if (rewrite.meta) {
    LibraryMeta changed = *rewrite.meta;
    changed.next_id = meta.next_id;
    HL_TRY(StoreMeta(connection, changed));
  }
  for (const uint64_t id : rewrite.purged) {
    HL_ASSIGN(const uint64_t count,
              writer.Delete(Kind::kRemoved, "DELETE FROM removed WHERE id=?1 RETURNING *",
                            {UintField(id)}));
    if (count == 0) return InvalidArgument("image " + std::to_string(id) + " is not a removed one");
  }
  HL_TRY(writer.Delete(Kind::kSegment, "DELETE FROM segments RETURNING *", {}).status());
  uint64_t rows = 0;
  for (const SegmentRow& segment : segments) {
    HL_TRY(InsertSegment(&writer, segment));
    rows += segment.rows;
  }
  for (const SegmentRow& segment : Without(segments, current, rewrite.purged)) {
    HL_ASSIGN(const uint64_t images,
              CountInRange(connection, Kind::kImage, segment.first_image, segment.last_image));
    HL_ASSIGN(const uint64_t removed,
              CountInRange(connection, Kind::kRemoved, segment.first_image, segment.last_image));
    if (images + removed != segment.rows) {
      return InvalidArgument("segment " + std::to_string(segment.id) + " has " +
                             std::to_string(segment.rows) + " rows for " +
                             std::to_string(images + removed) + " images");
    }
  }
  if (rows != writer.total(Kind::kImage).rows + writer.total(Kind::kRemoved).rows) {
    return InvalidArgument("the new segments do not hold every image");
  }
  return writer.Commit();
}

}  // namespace hashlens
