// Where things are in a library's folder. docs/FORMAT.md is the specification.
#ifndef HASHLENS_LIBRARY_LAYOUT_H_
#define HASHLENS_LIBRARY_LAYOUT_H_

#include <string>
#include <string_view>

#include "base/file.h"

namespace hashlens {

struct Layout {
  Path folder;

  Path Catalog() const { return folder / "catalog.db"; }
  Path Costs() const { return folder / "costs.json"; }
  Path Arrangement() const { return folder / "codes.arranged"; }
  Path Added() const { return folder / "added"; }
  Path Lock() const { return folder / "lock"; }
  Path Model() const { return folder / "model"; }
  Path Reading() const { return folder / "reading"; }
  Path Segments() const { return folder / "segments"; }
  Path Segment(const std::string& file) const { return Segments() / file; }
  Path Head(const std::string& file) const { return Model() / file; }
};

// "000012.features"
std::string FeaturesName(uint64_t segment);
// "000012.5f3a9c01.codes": named after the head that made them, so that new codes never overwrite
// old ones.
std::string CodesName(uint64_t segment, const std::string& head_sha256);
// "fitted-5f3a9c01.hlh"
inline constexpr std::string_view kFittedHead = "fitted-";
std::string FittedHeadName(const std::string& head_sha256);

// "reduction-5f3a9c01.hlr"
std::string ReductionName(const std::string& sha256);
inline constexpr std::string_view kReductionPrefix = "reduction-";
inline constexpr std::string_view kReductionSuffix = ".hlr";

// Files end so while they are written; nothing reads them, and the next writer removes them.
inline constexpr std::string_view kTemporarySuffix = ".tmp";

}  // namespace hashlens

#endif  // HASHLENS_LIBRARY_LAYOUT_H_
