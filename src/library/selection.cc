#include "library/selection.h"

#include <algorithm>
#include <iterator>
#include <string>

#include "base/name_form.h"
#include "base/try.h"
#include "library/filter.h"

namespace hashlens {
namespace {

Status AddIdsAt(const Path& path, const Catalog& catalog, const Roots& roots,
                std::vector<uint64_t>* ids) {
  if (path.empty()) return InvalidArgument("an empty path names nothing; nothing was changed");
  const auto add = [&](const ImageRow& image) -> Status {
    ids->push_back(image.id);
    return {};
  };
  const Path absolute = AbsolutePath(path);
  const size_t before = ids->size();
  if (const RootedPath place = roots.Find(absolute); place.root != 0)
    HL_TRY(catalog.ForEachImageUnder(place.root, place.path, add));
  for (const auto& [root, folder] : roots.Under(absolute))
    HL_TRY(catalog.ForEachImageUnder(root, "", add));
  if (ids->size() > before) return {};
  return NotFound(Printable(path) + ": nothing of it is in the library; nothing was changed" +
                  OtherFormHint(path));
}

}  // namespace

Result<std::vector<uint64_t>> SelectedIds(const ImageSelection& images, const Catalog& catalog,
                                          const Roots& roots) {
  std::vector<uint64_t> ids = images.ids;
  for (const Path& path : images.paths) HL_TRY(AddIdsAt(path, catalog, roots, &ids));
  std::ranges::sort(ids);
  ids.erase(std::unique(ids.begin(), ids.end()), ids.end());
  for (const uint64_t id : images.ids) {
    HL_ASSIGN(const std::optional<ImageRow> image, catalog.FindImage(id));
    if (!image)
      return NotFound("id " + std::to_string(id) +
                      ": no such image in the library; nothing was changed");
  }
  if (images.filter.empty()) return ids;
  HL_ASSIGN(const ImageFilter filter, ResolveFilter(images.filter, catalog, roots));
  HL_ASSIGN(std::vector<uint64_t> matching, MatchingIds(catalog, filter));
  if (images.ids.empty() && images.paths.empty()) return matching;
  std::vector<uint64_t> both;
  std::ranges::set_intersection(ids, matching, std::back_inserter(both));
  return both;
}

}  // namespace hashlens
