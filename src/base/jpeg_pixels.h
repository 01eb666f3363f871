// Plain JPEG to RGB by libjpeg-turbo, with every sign of damage noticed.
#ifndef HASHLENS_BASE_JPEG_PIXELS_H_
#define HASHLENS_BASE_JPEG_PIXELS_H_

#include <cstdint>
#include <functional>
#include <optional>
#include <string>

#include "base/bytes.h"
#include "hashlens/status.h"

namespace hashlens {

struct JpegPixels {
  int original_width = 0;  // as the file stores it
  int original_height = 0;
  int width = 0;  // of the pixels
  int height = 0;
  // The decoder's words about the first place where pixels are invented; empty: the picture is
  // whole. Then only the first `whole_rows` rows of pixels can be relied upon. Of a progressive
  // file that has every pixel at least coarsely, that is all of them.
  std::string damage;
  int whole_rows = 0;
};

// Memory for 3 * width * height bytes. Null: not wanted; the sizes are set.
using JpegRoom = std::function<uint8_t*(const JpegPixels&)>;

// Grey, YCbCr and RGB JPEG as RGB rows at 1/1, 1/2, 1/4 or 1/8 of their size, as stored (not turned
// upright). None when libjpeg-turbo cannot read the header or `room` gives no memory. kCorruption:
// broken before the first row; kUnsupported; kIoError: no memory. Thread-safe.
std::optional<Result<JpegPixels>> ReadJpegPixels(ByteSpan file, int denominator,
                                                 const JpegRoom& room);

}  // namespace hashlens

#endif  // HASHLENS_BASE_JPEG_PIXELS_H_
