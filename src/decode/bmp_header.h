// What the headers of a bitmap say about its pixels.
#ifndef HASHLENS_DECODE_BMP_HEADER_H_
#define HASHLENS_DECODE_BMP_HEADER_H_

#include <array>
#include <cstdint>
#include <vector>

#include "base/bytes.h"
#include "hashlens/status.h"

namespace hashlens {

enum class BmpPacking : uint8_t { kPlain, kRle4, kRle8, kRle24 };

struct BmpColour {
  uint8_t red = 0, green = 0, blue = 0;
};

struct BmpHeader {
  int width = 0;
  int height = 0;
  bool top_down = false;
  int bits = 0;  // a pixel: 1, 2, 4, 8, 16, 24, 32
  BmpPacking packing = BmpPacking::kPlain;
  std::array<uint32_t, 4> masks = {};  // of 16 and 32 bits: red, green, blue, alpha
  std::vector<BmpColour> palette;      // of up to 8 bits
  size_t pixels_at = 0;                // from the start of `bytes`
  ByteSpan icc;
};

// `bytes` starts with the bitmap's header, which a file has behind its first 14 bytes; there
// `stated_pixels_at` is the place of the pixels that they state, else 0.
Result<BmpHeader> ReadBmpHeader(ByteSpan bytes, size_t stated_pixels_at);

}  // namespace hashlens

#endif  // HASHLENS_DECODE_BMP_HEADER_H_
