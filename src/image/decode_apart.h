// Pictures decoded in another process, which can do no harm.
#ifndef HASHLENS_IMAGE_DECODE_APART_H_
#define HASHLENS_IMAGE_DECODE_APART_H_

#include "base/bytes.h"
#include "hashlens/status.h"
#include "image/decode.h"

namespace hashlens {

// A JPEG whose header has been read here.
struct KnownJpeg {
  int denominator = 1;  // to RGB at 1/1, 1/2, 1/4 or 1/8; 0: by its own colours and profile
  int orientation = 1;
};

// As DecodeImage, for a file whose first bytes are those of `format`; `jpeg` for JPEG. Thread-safe.
Result<DecodedImage> DecodeApart(ByteSpan file, ImageFormat format, const DecodeOptions& options,
                                 const KnownJpeg* jpeg = nullptr);

}  // namespace hashlens

#endif  // HASHLENS_IMAGE_DECODE_APART_H_
