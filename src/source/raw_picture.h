// Pixels that are no picture file yet. Internal to src/source.
#ifndef HASHLENS_SOURCE_RAW_PICTURE_H_
#define HASHLENS_SOURCE_RAW_PICTURE_H_

#include <cstdint>
#include <span>
#include <string>
#include <string_view>

#include "hashlens/status.h"

namespace hashlens {

// How pixels lie in memory.
struct PixelLayout {
  int64_t channels = 0;  // 1: grey, 3: colour
  int64_t height = 0;
  int64_t width = 0;
  bool planar = true;  // one plane after the other, not one pixel after the other
  bool rgb = false;    // red first, not blue
};

// How many values such a picture has. kInvalidArgument when it is no picture, or one of more than
// max_pixels.
Result<uint64_t> PixelValues(const PixelLayout& layout, uint64_t max_pixels);

// A PGM or PPM file. `pixels` has as many bytes as PixelValues says.
std::string PnmOf(const PixelLayout& layout, std::string_view pixels);

// Numbers of 0 to 255, rounded; when none is above 1, they are of 0 to 1. kInvalidArgument when
// others are among them.
Result<std::string> PixelsOf(std::span<const float> numbers);

}  // namespace hashlens

#endif  // HASHLENS_SOURCE_RAW_PICTURE_H_
