// Pictures decoded in another process, which can do no harm.
#ifndef HASHLENS_IMAGE_DECODE_APART_H_
#define HASHLENS_IMAGE_DECODE_APART_H_

#include "base/bytes.h"
#include "hashlens/status.h"
#include "image/decode.h"

namespace hashlens {

// A plain JPEG whose header has been read here.
struct PlainJpeg {
  int denominator = 1;  // to be decoded at 1/1, 1/2, 1/4 or 1/8
  int orientation = 1;
};

// As DecodeImage, for a file whose first bytes are those of `format`; `jpeg` only for JPEG that
// libjpeg-turbo may read alone. Thread-safe.
Result<DecodedImage> DecodeApart(ByteSpan file, ImageFormat format, const DecodeOptions& options,
                                 const PlainJpeg* jpeg = nullptr);

}  // namespace hashlens

#endif  // HASHLENS_IMAGE_DECODE_APART_H_
