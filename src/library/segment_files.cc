#include "library/segment_files.h"

#include <algorithm>
#include <charconv>

#include "base/try.h"

namespace hashlens {
namespace {

bool IsMissing(const Status& status) {
  return status.code() == StatusCode::kNotFound ||
         status.code() == StatusCode::kInvalidArgument;  // a folder, say
}

Status FileStatus(const Status& status, const Path& file) {
  if (!IsMissing(status)) return WithAdvice(status, file);
  return WithAdvice(Corruption(status.message() + "; the catalog names this file"), file);
}

Status NotAsTheCatalogSays(const Path& file, const std::string& what) {
  return WithAdvice(Corruption(Printable(file) + ": " + what + " is not what the catalog says"),
                    file);
}

}  // namespace

Status MissingIsCorruption(Status status) {
  if (!IsMissing(status)) return status;
  return Corruption(status.message() + "; the catalog names this file; restore it from a copy");
}

Status WithAdvice(const Status& status, const Path& file) {
  if (status.code() != StatusCode::kCorruption) return status;
  const char* advice = file.extension() == ".codes"
                           ? "; `hashlens model fit LIB --rebuild` makes it again"
                           : "; restore it from a copy, or index the pictures into a new library";
  return Corruption(status.message() + advice);
}

Result<SegmentCodes> ReadSegmentCodes(const Layout& layout, const SegmentRow& row, int bits) {
  const Path file = layout.Segment(row.codes_file);
  auto codes = ReadCodeFile(file);
  if (!codes.ok()) return FileStatus(codes.status(), file);
  const std::vector<uint64_t>& ids = codes->ids;
  if (codes->bits != bits) return NotAsTheCatalogSays(file, "the code length");
  if (ids.empty() || ids.size() != row.rows) return NotAsTheCatalogSays(file, "the number of rows");
  if (ids.front() != row.first_image || ids.back() != row.last_image)
    return NotAsTheCatalogSays(file, "the range of ids");
  return codes;
}

Result<FeatureFile> OpenSegmentFeatures(const Layout& layout, const SegmentRow& row, int dim) {
  const Path file = layout.Segment(row.features_file);
  auto features = FeatureFile::Open(file);
  if (!features.ok()) return FileStatus(features.status(), file);
  if (features->rows() != row.rows) return NotAsTheCatalogSays(file, "the number of rows");
  if (features->dim() != dim) return NotAsTheCatalogSays(file, "the dimension");
  return features;
}

Result<SegmentFiles> OpenSegment(const Layout& layout, const CatalogSnapshot& state,
                                 const SegmentRow& row) {
  HL_ASSIGN(SegmentCodes codes, ReadSegmentCodes(layout, row, state.meta.bits));
  HL_ASSIGN(FeatureFile features, OpenSegmentFeatures(layout, row, state.meta.dim));
  for (auto id = std::ranges::lower_bound(state.removed, row.first_image);
       id != state.removed.end() && *id <= row.last_image; ++id) {
    if (!std::ranges::binary_search(codes.ids, *id)) {
      return Corruption(Printable(layout.Catalog()) + ": removed image " + std::to_string(*id) +
                        " is in no segment");
    }
  }
  return SegmentFiles{std::move(features), std::move(codes)};
}

Status CheckSegmentFiles(const Layout& layout, const CatalogSnapshot& state) {
  for (const SegmentRow& row : state.segments) {
    HL_TRY(OpenSegmentFeatures(layout, row, state.meta.dim).status());
    const Path file = layout.Segment(row.codes_file);
    const auto opened = OpenRegularFile(file);
    if (!opened.ok()) return FileStatus(opened.status(), file);
    if (opened->stamp.size != CodeFileBytes(row.rows, state.meta.bits))
      return NotAsTheCatalogSays(file, "the size");
  }
  return {};
}

Result<std::vector<uint64_t>> IdsFromCatalog(const Layout& layout, const Catalog& catalog,
                                             const SegmentRow& row) {
  HL_ASSIGN(std::vector<uint64_t> ids, catalog.IdsFrom(row.first_image, row.last_image));
  if (ids.size() == row.rows) return ids;
  return Corruption(Printable(layout.Catalog()) + ": segment " + std::to_string(row.id) + " has " +
                    std::to_string(row.rows) + " rows for " + std::to_string(ids.size()) +
                    " images; restore the library from a copy");
}

Result<uint64_t> NextSegment(const Layout& layout, const std::vector<SegmentRow>& segments) {
  constexpr uint64_t kLargest = uint64_t{1} << 62;  // beyond, a name is none of ours
  uint64_t last = 0;
  for (const SegmentRow& segment : segments) last = std::max(last, segment.id);
  HL_ASSIGN(const std::vector<std::string> names, ListFolder(layout.Segments()));
  for (const std::string& name : names) {
    uint64_t number = 0;
    const auto read = std::from_chars(name.data(), name.data() + name.size(), number);
    if (read.ec == std::errc() && number < kLargest) last = std::max(last, number);
  }
  return last + 1;
}

}  // namespace hashlens
