// The checks between a picture's header and its pixels.
#ifndef HASHLENS_IMAGE_LIMITS_H_
#define HASHLENS_IMAGE_LIMITS_H_

#include <cstdint>
#include <string>

#include "hashlens/status.h"
#include "image/decode.h"

namespace hashlens {

inline Status CheckPixels(uint64_t width, uint64_t height, const DecodeOptions& options) {
  if (width == 0 || height == 0) return Corruption("the header states an empty picture");
  if (width <= options.max_pixels / height) return {};
  return InvalidArgument("picture of " + std::to_string(width) + " x " + std::to_string(height) +
                         " pixels is over the limit of " + std::to_string(options.max_pixels) +
                         " pixels");
}

}  // namespace hashlens

#endif  // HASHLENS_IMAGE_LIMITS_H_
