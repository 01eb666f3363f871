// The catalog of a library: the only truth about what is in it, kept in SQLite. See docs/FORMAT.md.
// The only place that knows SQLite. Every row carries a checksum of its fields: a changed byte is
// found when the row is read, and by Verify.
#ifndef HASHLENS_STORE_CATALOG_H_
#define HASHLENS_STORE_CATALOG_H_

#include <cstdint>
#include <functional>
#include <memory>
#include <numeric>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "base/file.h"
#include "hashlens/status.h"

namespace hashlens {

inline constexpr int kLibraryFormatVersion = 1;

// What the whole library agrees on.
struct LibraryMeta {
  std::string model_name;
  // Of the model package and of what reduces its features; no others may be added.
  std::string feature_digest;
  int dim = 0;               // of the stored feature
  int bits = 0;              // of the codes
  std::string head_file;     // name in the library's model/ folder
  std::string head_sha256;   // of that file's bytes
  bool head_fitted = false;  // on this library's features; false: the one that came with the model
  uint64_t next_id = 1;      // the id of the next image; ids are never used twice
  bool operator==(const LibraryMeta&) const = default;
};

// A folder of pictures. Image paths are relative to it, as bytes, with '/' between names.
struct RootRow {
  uint64_t id = 0;
  std::string path;      // absolute, where an index run last found it
  std::string relative;  // from the folder that holds the library; for libraries that move with
                         // their pictures
};

struct SegmentRow {
  uint64_t id = 0;  // names its files; in no order
  uint64_t rows = 0;
  uint64_t first_image = 0;  // the segments' ranges of image ids are disjoint
  uint64_t last_image = 0;
  std::string features_file;  // names in the library's segments/ folder
  std::string codes_file;
  bool operator==(const SegmentRow&) const = default;
};

using Tags = std::vector<std::pair<std::string, std::string>>;  // key, value

struct ImageRow {
  uint64_t id = 0;
  uint64_t root = 0;
  std::string path;  // relative to the root
  FileStamp stamp;
  int width = 0;  // upright, pixels
  int height = 0;
  std::string format;       // FormatName
  int64_t added_at_ms = 0;  // since 1970
};

// A file that could not be indexed ("failed"), or that is no picture ("skipped").
struct FailureRow {
  uint64_t root = 0;
  std::string path;
  FileStamp stamp;
  bool skipped = false;
  std::string reason;
  int64_t at_ms = 0;  // since 1970
};

// What one transaction of an index run adds.
struct CatalogBatch {
  std::optional<SegmentRow>
      segment;  // already synced and renamed in place; none when only failures are noted
  std::vector<ImageRow>
      images;  // those of the segment; an image with the same root and path is replaced
  std::vector<FailureRow> failures;   // an image with the same root and path is kept beside it
  Tags tags;                          // for every image of the batch
  std::vector<Tags> own_tags;         // of each of the images, beside these; or empty
  std::vector<std::string> own_keys;  // tags of these keys do not pass on to a replacing image
};

// What becomes of an image's tags: those of `keys` and of `remove` go, then those of `add` come.
struct CatalogTagChange {
  Tags add;
  Tags remove;
  std::vector<std::string> keys;
};

// Everything a reader needs to open the codes, read in one transaction.
struct CatalogSnapshot {
  LibraryMeta meta;
  std::vector<SegmentRow> segments;  // first_image ascending
  std::vector<uint64_t> removed;     // ids of removed images still present in segments, ascending

  // Images in the segments, the removed ones included.
  uint64_t rows() const {
    return std::accumulate(
        segments.begin(), segments.end(), uint64_t{0},
        [](uint64_t sum, const SegmentRow& segment) { return sum + segment.rows; });
  }
  uint64_t live_rows() const { return rows() - removed.size(); }
};

// The part of it that takes the same time whatever has been removed.
struct CatalogSegments {
  LibraryMeta meta;
  std::vector<SegmentRow> segments;  // first_image ascending
};

// A new state for all segments at once: new codes (refit) or fewer, larger segments (compaction).
struct CatalogRewrite {
  // When the head or what is stored of features changes; next_id is kept as it is.
  std::optional<LibraryMeta> meta;
  std::vector<SegmentRow> segments;  // replace all segments of the snapshot they were made from
  std::vector<uint64_t> purged;      // removed ids that are in no segment any more
};

struct TagFilter {
  std::string key;
  std::string value;
};

// A place below a root: `path` is relative to it, "" for the root itself.
struct RootedPath {
  uint64_t root = 0;
  std::string path;
};

// Which images are meant: those that meet every condition that is set.
struct ImageFilter {
  std::vector<TagFilter> tags;         // carry all of these
  std::vector<RootedPath> under;       // are at one of these places or below it; empty: anywhere
  std::optional<int64_t> added_since;  // were added then or later; milliseconds since 1970
};

struct CatalogTagCount {
  std::string key;
  std::string value;
  uint64_t images = 0;
};

struct CatalogCounts {
  uint64_t images = 0;
  uint64_t removed = 0;   // still present in segments
  uint64_t failures = 0;  // without the skipped ones
  uint64_t skipped = 0;
};

// How a file on disk stands to the catalog. kFailedBefore and kSkippedBefore: it failed as it is
// now; an image of what it was before may be there.
enum class FileState { kNew, kChanged, kUnchanged, kFailedBefore, kSkippedBefore };

// One file that an index run has to read.
struct WorkItem {
  uint64_t sequence = 0;  // 1, 2, ... in the order of AddFile
  uint64_t root = 0;
  std::string path;  // relative
  bool named = false;
};

// One thread at a time. A read-only catalog may be open in any number of processes beside one
// writer.
class Catalog {
 public:
  enum class Mode { kRead, kWrite };

  // Makes a new catalog file; kInvalidArgument when one is there.
  static Result<Catalog> Create(const Path& file, const LibraryMeta& meta);
  // kNotFound; kUnsupported for a newer format version; kCorruption for anything else that is not a
  // healthy catalog as far as opening can tell. kRead also works on read-only media and full disks.
  static Result<Catalog> Open(const Path& file, Mode mode);
  Catalog(Catalog&&) noexcept;
  Catalog& operator=(Catalog&&) noexcept;
  ~Catalog();

  // Changes whenever somebody else has committed something. Takes no time.
  Result<int64_t> DataVersion() const;

  // ---- reading; kCorruption also when a table that is read whole has lost rows ----
  // Every row of it can be relied on: as many as were written, names that stay in their folders,
  // ranges and numbers that fit together.
  Result<CatalogSnapshot> ReadSnapshot() const;
  Result<CatalogSegments> ReadSegments() const;  // checked as well
  Result<LibraryMeta> ReadMeta() const;
  Result<std::vector<RootRow>> Roots() const;
  Result<CatalogCounts> Counts() const;
  Result<std::optional<ImageRow>> FindImage(uint64_t id) const;
  // An image of an earlier snapshot's segments that was not removed then: none only when it has
  // been removed since, and kCorruption when the catalog has lost it.
  Result<std::optional<ImageRow>> FindImageOf(const CatalogSnapshot& snapshot, uint64_t id) const;
  Result<std::optional<ImageRow>> FindImageByPath(uint64_t root, const std::string& path) const;
  // Ids of the images and the removed images from first to last, ascending.
  Result<std::vector<uint64_t>> IdsFrom(uint64_t first, uint64_t last) const;
  Result<Tags> ImageTags(uint64_t id) const;
  // Ids (ascending) of images that carry every one of the tags.
  Result<std::vector<uint64_t>> ImagesWithTags(const std::vector<TagFilter>& tags) const;
  // The same of images that carry any tag of the key.
  Result<std::vector<uint64_t>> ImagesWithKey(std::string_view key) const;
  // Tags that an image carries: most frequent first, then in order of key and value.
  Result<std::vector<CatalogTagCount>> TagCounts() const;
  // The images that the filter means, in order of id. Takes the same memory for any number of them.
  // Stops at the first Status that is not ok and returns it.
  Status ForEachMatch(const ImageFilter& filter,
                      const std::function<Status(const ImageRow&)>& use) const;
  // In order of id. Stops at the first Status that is not ok and returns it.
  Status ForEachImage(const std::function<Status(const ImageRow&)>& use) const;
  // Images of a root whose path is `prefix` or below it ("" is the whole root), in order of path.
  Status ForEachImageUnder(uint64_t root, const std::string& prefix,
                           const std::function<Status(const ImageRow&)>& use) const;
  // In order of root and path; with_skipped adds the files that are no pictures.
  Status ForEachFailure(bool with_skipped,
                        const std::function<Status(const FailureRow&)>& use) const;
  // SQLite's own integrity check, the schema, every row's checksum, the counts and id ranges of
  // segments against images, and every reference. The first thing found as kCorruption.
  Status Verify() const;

  // ---- writing; each call is one durable transaction ----
  // The root with that absolute path, added when it is new.
  Result<RootRow> AddRoot(const std::string& path, const std::string& relative);
  // The root with that id, in another place. kInvalidArgument when it is not there.
  Status MoveRoot(const RootRow& root);
  // Also advances next_id past the segment's last image, and turns replaced images into removed
  // ones, whose tags (but those of batch.own_keys) pass on to the new ones.
  Status Commit(const CatalogBatch& batch);
  // Ids that are not there are passed over; returns how many were removed.
  Result<uint64_t> RemoveImages(const std::vector<uint64_t>& ids);
  Status RemoveFailures(uint64_t root, const std::vector<std::string>& paths);
  // Of images that are there already; ids that are not are passed over. Returns how many images
  // have other tags than before.
  Result<uint64_t> ChangeTags(const std::vector<uint64_t>& ids, const CatalogTagChange& change);
  // Segments that commits have added after those of `from` stay behind the new ones, as long as the
  // head does not change; kInvalidArgument when anything else has happened to the segments. Images
  // removed since `from` stay removed ones. Takes time for the images of segments that go.
  Status Rewrite(const CatalogSnapshot& from, const CatalogRewrite& rewrite);

  // ---- one index run's list of files; temporary, on disk, never part of the library ----
  // Forgets an earlier list.
  Status BeginScan();
  // Notes that the file is there and queues it when it is new, changed, or failed before and retry
  // is set. The same file a second time is passed over (its state is given again, nothing is queued
  // twice). `named`: the user named this very file.
  Result<FileState> AddFile(uint64_t root, const std::string& path, const FileStamp& stamp,
                            bool retry, bool named);
  uint64_t queued() const;
  // Up to `limit` queued items with sequence > after.
  Result<std::vector<WorkItem>> Queued(uint64_t after, size_t limit) const;
  // Images under root and prefix (as ForEachImageUnder) that AddFile has not seen since BeginScan.
  Status ForEachUnseenImage(uint64_t root, const std::string& prefix,
                            const std::function<Status(const ImageRow&)>& use) const;
  // Removes the failures under root and prefix whose files AddFile has not seen since BeginScan.
  Status ForgetUnseenFailures(uint64_t root, const std::string& prefix);
  // Removes the failures of files that are again what their image was made of.
  Status ForgetMendedFailures();

 private:
  struct Database;
  explicit Catalog(std::unique_ptr<Database> database);
  std::unique_ptr<Database> database_;
};

}  // namespace hashlens

#endif  // HASHLENS_STORE_CATALOG_H_
