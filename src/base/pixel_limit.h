// What is told of a picture that is too large.
#ifndef HASHLENS_BASE_PIXEL_LIMIT_H_
#define HASHLENS_BASE_PIXEL_LIMIT_H_

#include <cstdint>
#include <string>

#include "hashlens/status.h"

namespace hashlens {

// `about`: what makes its pixels count for more, such as " with 9 bands", or nothing.
inline Status OverPixelLimit(uint64_t width, uint64_t height, uint64_t max_pixels,
                             const std::string& about = "") {
  return InvalidArgument("picture of " + std::to_string(width) + " x " + std::to_string(height) +
                         " pixels" + about + " is over the limit of " + std::to_string(max_pixels) +
                         " pixels");
}

}  // namespace hashlens

#endif  // HASHLENS_BASE_PIXEL_LIMIT_H_
