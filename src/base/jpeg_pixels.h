// JPEG by libjpeg-turbo, with every sign of damage noticed.
#ifndef HASHLENS_BASE_JPEG_PIXELS_H_
#define HASHLENS_BASE_JPEG_PIXELS_H_

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "base/bytes.h"
#include "hashlens/status.h"

namespace hashlens {

struct JpegPixels {
  int original_width = 0;  // as the file stores it
  int original_height = 0;
  int width = 0;  // of the pixels
  int height = 0;
  int bands = 3;               // samples of a pixel: 3 RGB; with any_colours also 1 grey, 4 CMYK
  std::vector<std::byte> icc;  // with any_colours: the embedded profile
  // The decoder's words about the first place where pixels are invented; empty: the picture is
  // whole. Then only the first `whole_rows` rows of pixels can be relied upon. Of a progressive
  // file that has every pixel at least coarsely, that is all of them.
  std::string damage;
  int whole_rows = 0;
};

struct JpegRequest {
  int denominator = 1;  // 1, 2, 4 or 8: the pixels are so many times smaller
  // Otherwise grey, YCbCr and RGB all become RGB, and the denominator is the one given here. With
  // this, grey stays grey and CMYK (YCCK, too) is given with 255 for full ink, and the largest
  // denominator is taken that leaves the shorter side `min_short_side` pixels (0: 1).
  bool any_colours = false;
  int min_short_side = 0;
};

// Memory for bands * width * height bytes. Null: not wanted; sizes and bands are set.
using JpegRoom = std::function<uint8_t*(const JpegPixels&)>;

// Rows of pixels as stored (not turned upright). None when libjpeg-turbo cannot read the header or
// `room` gives no memory. kCorruption: broken before the first row; kUnsupported; kIoError: no
// memory. Thread-safe.
std::optional<Result<JpegPixels>> ReadJpegPixels(ByteSpan file, const JpegRequest& request,
                                                 const JpegRoom& room);

// The largest of 8, 4, 2 and 1 that leaves at least min_short_side pixels. libjpeg-turbo offers
// every eighth, but only these have a SIMD inverse transform. The others cost more than decoding
// whole: 500 x 375 photos took (ms a megapixel) 1/1 7.5, 7/8 11.8, 3/4 9.7, 5/8 9.1, 1/2 6.5,
// 3/8 6.3, 1/4 6.2, 1/8 4.9; and 3/8 saves nothing that 1/2 does not.
int JpegDenominatorFor(int short_side, int min_short_side);

}  // namespace hashlens

#endif  // HASHLENS_BASE_JPEG_PIXELS_H_
