// JPEG 2000 by OpenJPEG, files (JP2, JPX) and bare code streams.
#ifndef HASHLENS_DECODE_OPENJPEG_READER_H_
#define HASHLENS_DECODE_OPENJPEG_READER_H_

#include "base/bytes.h"
#include "decode/raster.h"
#include "hashlens/status.h"

namespace hashlens {

// Grey, RGB, sYCC, CMYK and palettes, with up to 16 bits, signed or unsigned, with alpha, and with
// any sampling and offsets of the components. Of the resolutions in the file the smallest is
// decoded whose shorter side is at least `min_short_side` (0: the whole). A code stream that names
// no colour space and has smaller second and third components is taken for sYCC. kCorruption,
// kInvalidArgument (over `max_pixels`), kUnsupported (other colours), kIoError (no memory).
Result<Raster> ReadJpeg2000(ByteSpan file, uint64_t max_pixels, int min_short_side);

}  // namespace hashlens

#endif  // HASHLENS_DECODE_OPENJPEG_READER_H_
