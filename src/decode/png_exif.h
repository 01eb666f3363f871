// EXIF data of a PNG, wherever encoders have put it.
#ifndef HASHLENS_DECODE_PNG_EXIF_H_
#define HASHLENS_DECODE_PNG_EXIF_H_

#include <cstddef>
#include <vector>

#include "base/bytes.h"

namespace hashlens {

// The first of: the chunk eXIf, before or behind the pixels; the texts "Raw profile type exif" and
// "Raw profile type APP1" of ImageMagick and ExifTool, compressed or not. Empty when there is none.
std::vector<std::byte> PngExif(ByteSpan file);

}  // namespace hashlens

#endif  // HASHLENS_DECODE_PNG_EXIF_H_
