// AVIF by libavif: pictures and the first frame of sequences.
#ifndef HASHLENS_DECODE_AVIF_READER_H_
#define HASHLENS_DECODE_AVIF_READER_H_

#include "base/bytes.h"
#include "decode/raster.h"
#include "hashlens/status.h"

namespace hashlens {

// The main picture with its alpha, cropped, turned and mirrored in the order that ISO/IEC 23000-22
// gives, even if the file lists these properties in another one. kCorruption, kUnsupported,
// kInvalidArgument (over `max_pixels`), kIoError (no memory).
Result<Raster> ReadAvif(ByteSpan file, uint64_t max_pixels);

}  // namespace hashlens

#endif  // HASHLENS_DECODE_AVIF_READER_H_
