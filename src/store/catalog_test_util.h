// What the catalog's tests share: short ways to make rows, and everything a catalog says as one
// text.
#ifndef HASHLENS_STORE_CATALOG_TEST_UTIL_H_
#define HASHLENS_STORE_CATALOG_TEST_UTIL_H_

#include <gtest/gtest.h>

#include <sstream>
#include <string>
#include <utility>
#include <vector>

#include "base/try.h"
#include "store/catalog.h"

namespace hashlens {

inline LibraryMeta TestMeta() {
  return {"lite0", "feature-digest", 8, 64, "head-64.hlh", "head-digest", true, 1};
}

inline std::string Numbered(std::string name, uint64_t number) {
  return name.append(std::to_string(number));
}

inline ImageRow TestImage(uint64_t id, uint64_t root, std::string path,
                          FileStamp stamp = {10, 20}) {
  return {id, root, std::move(path), stamp, 640, 480, "jpeg", 1'700'000'000'000};
}

inline SegmentRow TestSegment(uint64_t id, uint64_t first, uint64_t last, uint64_t rows) {
  const std::string name = std::to_string(id);
  return {id, rows, first, last, name + ".features", name + ".codes"};
}

// A batch of images with consecutive ids from `first` on.
inline CatalogBatch TestBatch(uint64_t segment, uint64_t first, uint64_t root,
                              const std::vector<std::string>& paths, Tags tags = {}) {
  CatalogBatch batch;
  for (const std::string& path : paths)
    batch.images.push_back(TestImage(first + batch.images.size(), root, path));
  batch.segment = TestSegment(segment, first, first + paths.size() - 1, paths.size());
  batch.tags = std::move(tags);
  return batch;
}

inline std::string Line(const ImageRow& image) {
  std::ostringstream out;
  out << "image " << image.id << ' ' << image.root << ' ' << image.path << ' ' << image.stamp.size
      << ' ' << image.stamp.mtime_ns << ' ' << image.width << 'x' << image.height << ' '
      << image.format << ' ' << image.added_at_ms << '\n';
  return out.str();
}

inline std::string Line(const FailureRow& failure) {
  std::ostringstream out;
  out << "failure " << failure.root << ' ' << failure.path << ' ' << failure.stamp.size << ' '
      << failure.stamp.mtime_ns << ' ' << failure.skipped << ' ' << failure.reason << ' '
      << failure.at_ms << '\n';
  return out.str();
}

// All that the reading functions give, in one text; `paths` are asked for under every root.
inline Result<std::string> Dump(const Catalog& catalog, const std::vector<std::string>& paths) {
  std::ostringstream out;
  HL_ASSIGN(const CatalogSnapshot snapshot, catalog.ReadSnapshot());
  const LibraryMeta& meta = snapshot.meta;
  out << meta.model_name << ' ' << meta.feature_digest << ' ' << meta.dim << ' ' << meta.bits << ' '
      << meta.head_file << ' ' << meta.head_sha256 << ' ' << meta.head_fitted << ' ' << meta.next_id
      << '\n';
  for (const SegmentRow& segment : snapshot.segments) {
    out << "segment " << segment.id << ' ' << segment.rows << ' ' << segment.first_image << ' '
        << segment.last_image << ' ' << segment.features_file << ' ' << segment.codes_file << '\n';
  }
  for (const uint64_t id : snapshot.removed) out << "removed " << id << '\n';
  HL_ASSIGN(const CatalogCounts counts, catalog.Counts());
  out << counts.images << ' ' << counts.removed << ' ' << counts.failures << ' ' << counts.skipped
      << '\n';

  std::vector<uint64_t> ids;
  const auto add_image = [&](const ImageRow& image) -> Status {
    ids.push_back(image.id);
    out << Line(image);
    return {};
  };
  HL_TRY(catalog.ForEachImage(add_image));
  for (const uint64_t id : std::vector<uint64_t>(ids)) {
    HL_ASSIGN(const auto image, catalog.FindImage(id));
    out << "found " << (image ? Line(*image) : "none\n");
    HL_ASSIGN(const Tags tags, catalog.ImageTags(id));
    for (const auto& [key, value] : tags) {
      out << "tag " << key << '=' << value;
      HL_ASSIGN(const auto tagged, catalog.ImagesWithTags({{key, value}}));
      for (const uint64_t other : tagged) out << ' ' << other;
      out << '\n';
    }
  }
  HL_ASSIGN(const std::vector<RootRow> roots, catalog.Roots());
  for (const RootRow& root : roots) {
    out << "root " << root.id << ' ' << root.path << ' ' << root.relative << '\n';
    HL_TRY(catalog.ForEachImageUnder(root.id, "", add_image));
    for (const std::string& path : paths) {
      HL_ASSIGN(const auto image, catalog.FindImageByPath(root.id, path));
      if (image) out << "by path " << Line(*image);
    }
  }
  const auto add_failure = [&](const FailureRow& failure) -> Status {
    out << Line(failure);
    return {};
  };
  HL_TRY(catalog.ForEachFailure(/*with_skipped=*/true, add_failure));
  return out.str();
}

}  // namespace hashlens

#endif  // HASHLENS_STORE_CATALOG_TEST_UTIL_H_
