// Photoshop's PSD and PSB: the flat picture that they carry beside their layers.
#ifndef HASHLENS_DECODE_PSD_READER_H_
#define HASHLENS_DECODE_PSD_READER_H_

#include "base/bytes.h"
#include "decode/raster.h"
#include "hashlens/status.h"

namespace hashlens {

// Grey, palette, RGB, CMYK, bitmap and duotone (as grey) of 1, 8, 16 and 32 bits, with the ICC
// profile. Channels beside the colours are left out: the flat picture lies on white. Of a file that
// ends early there is damage. kCorruption: a broken header; kInvalidArgument: over `max_pixels`;
// kUnsupported: Lab, several channels, or a flat picture that is compressed with ZIP.
Result<Raster> ReadPsd(ByteSpan file, uint64_t max_pixels);

}  // namespace hashlens

#endif  // HASHLENS_DECODE_PSD_READER_H_
