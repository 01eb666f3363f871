// Small JPEG versions of pictures, for contact sheets and pages.
#ifndef HASHLENS_IMAGE_THUMBNAIL_H_
#define HASHLENS_IMAGE_THUMBNAIL_H_

#include <string>

#include "hashlens/status.h"
#include "image/image.h"

namespace hashlens {

// JPEG file bytes, proportions kept, the longer side at most max_side pixels (never enlarged, never
// under one pixel). Thread-safe.
Result<std::string> EncodeThumbnail(const Image& image, int max_side, int quality = 85);

}  // namespace hashlens

#endif  // HASHLENS_IMAGE_THUMBNAIL_H_
