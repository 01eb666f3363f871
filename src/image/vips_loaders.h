// libvips brought up once, its loaders by format, and its errors as ours. The only users of
// libvips are the vips_* files.
#ifndef HASHLENS_IMAGE_VIPS_LOADERS_H_
#define HASHLENS_IMAGE_VIPS_LOADERS_H_

#include <vips/vips.h>

#include <memory>

#include "base/bytes.h"
#include "hashlens/status.h"
#include "image/format.h"

namespace hashlens {

struct UnrefObject {
  void operator()(VipsImage* image) const { g_object_unref(image); }
};
// An image that libvips computes on demand.
using VipsPicture = std::unique_ptr<VipsImage, UnrefObject>;

// Starts libvips at the first call (one worker for each picture, no operation cache, silent) and
// arranges for the calling thread's libvips data to be freed with the thread. Thread-safe.
Status StartVips();

// Whether this machine's libvips has a loader for the format. Thread-safe.
bool VipsCanLoad(ImageFormat format);

// Opens with the loader of exactly this format; libvips never guesses. `jpeg_shrink` (1, 2, 4 or 8)
// is for JPEG only. The picture refers to `file`, which must outlive it. Only the header is read;
// pixels are read later, once, from top to bottom. Null on failure.
VipsPicture OpenByVips(ByteSpan file, ImageFormat format, int jpeg_shrink);

// The failure that libvips has just reported, and its error text forgotten. libvips keeps one text
// for all threads, so of several failures at the same moment one may be told in general words.
Status VipsFailure(ImageFormat format);
// Drops the text of warnings after a success, so that no later failure is blamed on them.
void ForgetVipsErrors();

}  // namespace hashlens

#endif  // HASHLENS_IMAGE_VIPS_LOADERS_H_
