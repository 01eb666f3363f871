// A picture in memory.
#ifndef HASHLENS_IMAGE_IMAGE_H_
#define HASHLENS_IMAGE_IMAGE_H_

#include <cstdint>
#include <vector>

namespace hashlens {

// Upright sRGB, 8 bits a channel, rows from top to bottom without padding: rgb.size() == 3 * width
// * height.
struct Image {
  int width = 0;
  int height = 0;
  std::vector<uint8_t> rgb;
};

}  // namespace hashlens

#endif  // HASHLENS_IMAGE_IMAGE_H_
