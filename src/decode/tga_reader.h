// Truevision's TGA, as its file format specification 2.0 describes it.
#ifndef HASHLENS_DECODE_TGA_READER_H_
#define HASHLENS_DECODE_TGA_READER_H_

#include "base/bytes.h"
#include "decode/raster.h"
#include "hashlens/status.h"

namespace hashlens {

// Palette, colour and grey, plain or run-length coded, from any corner. Of a file that ends early
// there is damage. kCorruption: a broken header; kInvalidArgument: over `max_pixels`.
Result<Raster> ReadTga(ByteSpan file, uint64_t max_pixels);

}  // namespace hashlens

#endif  // HASHLENS_DECODE_TGA_READER_H_
