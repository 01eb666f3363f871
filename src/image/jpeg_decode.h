// JPEG by libjpeg-turbo, shrunk in the frequency domain while decoding.
#ifndef HASHLENS_IMAGE_JPEG_DECODE_H_
#define HASHLENS_IMAGE_JPEG_DECODE_H_

#include "base/bytes.h"
#include "hashlens/status.h"
#include "image/decode.h"

namespace hashlens {

// As DecodeImage, for a file that starts as a JPEG does. Leaves what libjpeg-turbo cannot turn into
// sRGB alone (CMYK, other ICC profiles, odd subsampling) to libvips in another process.
// Thread-safe.
Result<DecodedImage> DecodeJpeg(ByteSpan file, const DecodeOptions& options);

}  // namespace hashlens

#endif  // HASHLENS_IMAGE_JPEG_DECODE_H_
