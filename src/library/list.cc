// The images of a library, without its codes.
#include "library/list.h"

#include "base/guard.h"
#include "base/try.h"
#include "hashlens/library.h"
#include "library/filter.h"
#include "library/housekeeping.h"
#include "library/layout.h"
#include "library/roots.h"

namespace hashlens {

Result<ImageInfo> DescribeImage(const ImageRow& image, const Catalog& catalog, const Roots& roots) {
  ImageInfo info;
  info.id = image.id;
  info.path = roots.Resolve(image.root, image.path);
  info.bytes = image.stamp.size;
  info.width = image.width;
  info.height = image.height;
  info.format = image.format;
  info.added_at_ms = image.added_at_ms;
  HL_ASSIGN(info.tags, catalog.ImageTags(image.id));
  return info;
}

Status ListImages(const Path& library, const Filter& filter,
                  const std::function<bool(const ImageInfo&)>& use) try {
  const Layout layout{AbsolutePath(LibraryPath(library))};
  HL_TRY(RequireLibrary(layout, library));
  HL_ASSIGN(const Catalog catalog, Catalog::Open(layout.Catalog(), Catalog::Mode::kRead));
  HL_ASSIGN(const Roots roots, Roots::Load(catalog, layout.folder));
  HL_ASSIGN(const ImageFilter resolved, ResolveFilter(filter, catalog, roots));
  bool enough = false;
  const Status status = catalog.ForEachMatch(resolved, [&](const ImageRow& image) -> Status {
    HL_ASSIGN(const ImageInfo info, DescribeImage(image, catalog, roots));
    enough = !use(info);
    return enough ? Cancelled("enough") : Status();
  });
  return enough ? Status() : status;
} catch (...) {
  return CaughtStatus();
}

}  // namespace hashlens
