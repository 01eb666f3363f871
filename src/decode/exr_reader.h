// OpenEXR pictures.
#ifndef HASHLENS_DECODE_EXR_READER_H_
#define HASHLENS_DECODE_EXR_READER_H_

#include "base/bytes.h"
#include "decode/raster.h"
#include "hashlens/status.h"

namespace hashlens {

// The first part's R, G, B and A (or Y, RY, BY) as light, within its display window. kCorruption,
// kInvalidArgument (over `max_pixels`).
Result<Raster> ReadExr(ByteSpan file, uint64_t max_pixels);

}  // namespace hashlens

#endif  // HASHLENS_DECODE_EXR_READER_H_
