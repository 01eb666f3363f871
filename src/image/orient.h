// Turning pictures upright.
#ifndef HASHLENS_IMAGE_ORIENT_H_
#define HASHLENS_IMAGE_ORIENT_H_

#include "image/image.h"

namespace hashlens {

// Applies an EXIF orientation (TIFF 6.0 tag 274). 1 and anything outside 1..8 leave the picture as
// it is.
Image Upright(Image image, int orientation);

// Whether that orientation exchanges width and height.
inline bool SwapsSides(int orientation) { return orientation >= 5 && orientation <= 8; }

}  // namespace hashlens

#endif  // HASHLENS_IMAGE_ORIENT_H_
