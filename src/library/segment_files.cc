#include "library/segment_files.h"

#include <algorithm>
#include <charconv>

#include "base/try.h"

namespace hashlens {

Status MissingIsCorruption(Status status) {
  const bool wrong_kind = status.code() == StatusCode::kInvalidArgument;  // a folder, say
  if (status.code() != StatusCode::kNotFound && !wrong_kind) return status;
  return Corruption(status.message() + "; the catalog names this file; restore it from a copy");
}

Result<SegmentFiles> OpenSegment(const Layout& layout, const CatalogSnapshot& state,
                                 const SegmentRow& row) {
  auto codes = ReadCodeFile(layout.Segment(row.codes_file));
  if (!codes.ok()) return MissingIsCorruption(codes.status());
  auto features = FeatureFile::Open(layout.Segment(row.features_file));
  if (!features.ok()) return MissingIsCorruption(features.status());
  const auto wrong = [&](const std::string& file, const std::string& what) {
    return Corruption(Printable(layout.Segment(file)) + ": " + what +
                      " is not what the catalog says");
  };
  const std::vector<uint64_t>& ids = codes->ids;
  if (codes->bits != state.meta.bits) return wrong(row.codes_file, "the code length");
  if (ids.empty() || ids.size() != row.rows) return wrong(row.codes_file, "the number of rows");
  if (ids.front() != row.first_image || ids.back() != row.last_image)
    return wrong(row.codes_file, "the range of ids");
  if (features->rows() != row.rows) return wrong(row.features_file, "the number of rows");
  if (features->dim() != state.meta.dim) return wrong(row.features_file, "the dimension");
  for (auto id = std::ranges::lower_bound(state.removed, row.first_image);
       id != state.removed.end() && *id <= row.last_image; ++id) {
    if (!std::ranges::binary_search(ids, *id)) {
      return Corruption(Printable(layout.Catalog()) + ": removed image " + std::to_string(*id) +
                        " is in no segment");
    }
  }
  return SegmentFiles{std::move(*features), std::move(*codes)};
}

Result<uint64_t> NextSegment(const Layout& layout, const std::vector<SegmentRow>& segments) {
  constexpr uint64_t kLargest = uint64_t{1} << 62;  // beyond, a name is none of ours
  uint64_t last = 0;
  for (const SegmentRow& segment : segments) last = std::max(last, segment.id);
  std::error_code error;
  for (const auto& entry : std::filesystem::directory_iterator(layout.Segments(), error)) {
    const std::string name = entry.path().filename();
    uint64_t number = 0;
    const auto read = std::from_chars(name.data(), name.data() + name.size(), number);
    if (read.ec == std::errc() && number < kLargest) last = std::max(last, number);
  }
  if (error) return ErrnoStatus(error.value(), "reading folder", layout.Segments());
  return last + 1;
}

}  // namespace hashlens
