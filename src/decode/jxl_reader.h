// JPEG XL by libjxl.
#ifndef HASHLENS_DECODE_JXL_READER_H_
#define HASHLENS_DECODE_JXL_READER_H_

#include "base/bytes.h"
#include "decode/raster.h"
#include "hashlens/status.h"

namespace hashlens {

// The first picture, as stored (its orientation is told), with its colour profile. kCorruption,
// kInvalidArgument (over `max_pixels`), kIoError (no memory).
Result<Raster> ReadJxl(ByteSpan file, uint64_t max_pixels);

}  // namespace hashlens

#endif  // HASHLENS_DECODE_JXL_READER_H_
