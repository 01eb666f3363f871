// The checks between a picture's header and its pixels, and what a lack of memory for them means.
#ifndef HASHLENS_IMAGE_LIMITS_H_
#define HASHLENS_IMAGE_LIMITS_H_

#include <cstdint>

#include "base/pixel_limit.h"
#include "hashlens/status.h"
#include "image/decode.h"

namespace hashlens {

inline Status CheckPixels(uint64_t width, uint64_t height, const DecodeOptions& options) {
  if (width == 0 || height == 0) return Corruption("the header states an empty picture");
  if (width <= options.max_pixels / height) return {};
  return OverPixelLimit(width, height, options.max_pixels);
}

// Nothing is known about the picture then: the same file may be read another time.
inline Status NotEnoughMemory() { return IoError("not enough memory for the picture"); }

}  // namespace hashlens

#endif  // HASHLENS_IMAGE_LIMITS_H_
