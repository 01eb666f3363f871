// libvips brought up once, its loaders by format, and its errors as ours. The only users of
// libvips are the vips_* files. For one thread.
#ifndef HASHLENS_DECODE_VIPS_LOADERS_H_
#define HASHLENS_DECODE_VIPS_LOADERS_H_

#include <vips/vips.h>

#include <memory>

#include "base/bytes.h"
#include "base/image_format.h"
#include "hashlens/status.h"

namespace hashlens {

struct UnrefObject {
  void operator()(VipsImage* image) const { g_object_unref(image); }
};
// An image that libvips computes on demand.
using VipsPicture = std::unique_ptr<VipsImage, UnrefObject>;

// Starts libvips (no operation cache, silent, pictures computed on the calling thread) with the
// modules that we use: HEIF, and with `pdf` Poppler. Afterwards no reader opens a file
// or loads code any more. Once, before the first call of the others.
Status StartVips(bool pdf);

// Whether this machine's libvips has a loader for the format.
bool VipsCanLoad(ImageFormat format);
// Whether StartVips(true) would find Poppler.
bool HasPdf();

// Opens with the loader of exactly this format; libvips never guesses. `scale` is
// for drawings (SVG, PDF): 1 is their own size. The picture refers to
// `file`, which must outlive it. Only the header is read; pixels are read later, once, from top to
// bottom. Null on failure.
VipsPicture OpenByVips(ByteSpan file, ImageFormat format, double scale = 1);

// The failure that libvips has just reported, and its error text forgotten.
Status VipsFailure(ImageFormat format);
// Drops the text of warnings after a success, so that no later failure is blamed on them.
void ForgetVipsErrors();

}  // namespace hashlens

#endif  // HASHLENS_DECODE_VIPS_LOADERS_H_
