#include "library/stored_features.h"

#include <algorithm>

#include "base/try.h"
#include "library/live_features.h"
#include "library/segment_files.h"

namespace hashlens {
namespace {

struct Wanted {
  uint64_t id;
  size_t picture;  // index into the pictures asked for
};

Result<std::vector<Wanted>> FindAll(const Catalog& catalog, const Roots& roots,
                                    const std::vector<Path>& pictures) {
  std::vector<Wanted> wanted;
  for (size_t i = 0; i < pictures.size(); ++i) {
    const RootedPath place = roots.Find(AbsolutePath(pictures[i]));
    if (place.root == 0) continue;
    HL_ASSIGN(const std::optional<ImageRow> image, catalog.FindImageByPath(place.root, place.path));
    if (image) wanted.push_back({image->id, i});
  }
  std::ranges::sort(wanted, {}, &Wanted::id);
  return wanted;
}

}  // namespace

Result<StoredFeatures> FeaturesAt(const Layout& layout, const Catalog& catalog, const Roots& roots,
                                  const std::vector<Path>& pictures) {
  HL_ASSIGN(const std::vector<Wanted> wanted, FindAll(catalog, roots, pictures));
  HL_ASSIGN(const CatalogSnapshot state, catalog.ReadSnapshot());
  StoredFeatures stored;
  stored.dim = state.meta.dim;
  auto next = wanted.begin();
  for (const SegmentRow& segment : state.segments) {
    if (next == wanted.end()) break;
    HL_ASSIGN(const SegmentFiles files, OpenSegment(layout, state, segment));
    const std::vector<uint64_t>& ids = files.codes.ids;
    for (; next != wanted.end() && next->id <= ids.back(); ++next) {
      const auto at = std::ranges::lower_bound(ids, next->id);
      if (*at != next->id) continue;  // removed since; a writer of this library never sees that
      HL_ASSIGN(const std::vector<float> row,
                ReadFeatureRows(files.features, static_cast<uint64_t>(at - ids.begin()), 1));
      stored.found.push_back(next->picture);
      stored.values.insert(stored.values.end(), row.begin(), row.end());
    }
  }
  return stored;
}

}  // namespace hashlens
