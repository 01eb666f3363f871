// Any picture that libvips can load, to upright sRGB.
#ifndef HASHLENS_IMAGE_VIPS_DECODE_H_
#define HASHLENS_IMAGE_VIPS_DECODE_H_

#include "base/bytes.h"
#include "hashlens/status.h"
#include "image/decode.h"

namespace hashlens {

// As DecodeImage, for a file whose first bytes are those of `format`. Thread-safe.
Result<DecodedImage> DecodeByVips(ByteSpan file, ImageFormat format, const DecodeOptions& options);

}  // namespace hashlens

#endif  // HASHLENS_IMAGE_VIPS_DECODE_H_
