// File bytes to upright sRGB pixels: JPEG by libjpeg-turbo, everything else by libvips.
#ifndef HASHLENS_IMAGE_DECODE_H_
#define HASHLENS_IMAGE_DECODE_H_

#include <cstdint>

#include "base/bytes.h"
#include "hashlens/status.h"
#include "image/format.h"
#include "image/image.h"

namespace hashlens {

struct DecodeOptions {
  // Width times height as the header states them; checked before any pixel is decoded.
  uint64_t max_pixels = 256'000'000;
  // Decoding that takes longer is given up (checked between rows; libvips formats only).
  int timeout_ms = 60'000;
  // The decoder may shrink the picture while decoding, as long as its shorter side stays at least
  // this long (or as it was, if it was shorter). 0: never shrink.
  int min_short_side = 0;
};

struct DecodedImage {
  Image image;             // perhaps shrunk, see min_short_side
  int original_width = 0;  // upright, before shrinking
  int original_height = 0;
  ImageFormat format = ImageFormat::kJpeg;
};

// One frame (the first of an animation or the first page). EXIF orientation is applied, alpha laid
// over white, CMYK, 16 bit, grey, palette and embedded ICC profiles converted to sRGB.
// Thread-safe. Errors say why, without the path, which the caller knows:
// kUnsupported: not a picture, or a format that this machine cannot decode; kCorruption: truncated
// or broken; kInvalidArgument: over a limit; kIoError: not enough memory.
Result<DecodedImage> DecodeImage(ByteSpan file, const DecodeOptions& options);

}  // namespace hashlens

#endif  // HASHLENS_IMAGE_DECODE_H_
