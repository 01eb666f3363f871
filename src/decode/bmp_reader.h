// Windows and OS/2 bitmaps, as files and as the pictures in icons.
#ifndef HASHLENS_DECODE_BMP_READER_H_
#define HASHLENS_DECODE_BMP_READER_H_

#include "base/bytes.h"
#include "decode/raster.h"
#include "hashlens/status.h"

namespace hashlens {

// Every header from OS/2 1 (12 bytes) to Windows 5 (124 bytes); 1 to 32 bits a pixel, masks, RLE.
// The fourth byte of a pixel counts as alpha only where a mask says so. Pixels that an RLE bitmap
// leaves out have the first colour. Of a file that ends early there is damage. kCorruption: a
// broken header; kInvalidArgument: over `max_pixels`; kUnsupported: Huffman, JPEG or PNG inside.
Result<Raster> ReadBmp(ByteSpan file, uint64_t max_pixels);

// The bitmap of an icon (no file header, twice as high as the picture, a mask below it). Where no
// pixel has alpha the mask is the alpha.
Result<Raster> ReadIconBitmap(ByteSpan bitmap, uint64_t max_pixels);

}  // namespace hashlens

#endif  // HASHLENS_DECODE_BMP_READER_H_
