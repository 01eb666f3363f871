#include "library/filter.h"

#include <iterator>

#include "base/name_form.h"
#include "base/try.h"

namespace hashlens {
namespace {

Result<bool> HoldsImages(const Catalog& catalog, const std::vector<RootedPath>& places) {
  for (const RootedPath& place : places) {
    bool found = false;
    const Status status =
        catalog.ForEachImageUnder(place.root, place.path, [&](const ImageRow&) -> Status {
          found = true;
          return Cancelled("one is enough");
        });
    if (found) return true;
    HL_TRY(status);
  }
  return false;
}

}  // namespace

Result<ImageFilter> ResolveFilter(const Filter& filter, const Catalog& catalog,
                                  const Roots& roots) {
  ImageFilter resolved;
  for (const auto& [key, value] : filter.tags) resolved.tags.push_back({key, value});
  resolved.added_since = filter.added_since;
  for (const Path& path : filter.under) {
    if (path.empty()) return InvalidArgument("an empty path names nothing to filter by");
    std::vector<RootedPath> places = roots.Places(AbsolutePath(path));
    HL_ASSIGN(const bool found, HoldsImages(catalog, places));
    if (!found)
      return NotFound(Printable(path) + ": nothing of it is in the library" + OtherFormHint(path));
    std::move(places.begin(), places.end(), std::back_inserter(resolved.under));
  }
  return resolved;
}

Result<std::vector<uint64_t>> MatchingIds(const Catalog& catalog, const ImageFilter& filter) {
  // Tags alone need no look at the images.
  if (filter.under.empty() && !filter.added_since && !filter.tags.empty())
    return catalog.ImagesWithTags(filter.tags);
  std::vector<uint64_t> ids;
  HL_TRY(catalog.ForEachMatch(filter, [&](const ImageRow& image) -> Status {
    ids.push_back(image.id);
    return {};
  }));
  return ids;
}

}  // namespace hashlens
