// EXIF data of a PNG, wherever encoders have put it.
#ifndef HASHLENS_DECODE_PNG_EXIF_H_
#define HASHLENS_DECODE_PNG_EXIF_H_

#include <cstddef>
#include <vector>

#include "base/bytes.h"

namespace hashlens {

// The first of these: the chunk eXIf, before or after the pixels; the texts "Raw profile type exif"
// and "Raw profile type APP1" of ImageMagick and ExifTool, compressed or not. Empty if the file has
// no EXIF data.
std::vector<std::byte> PngExif(ByteSpan file);

}  // namespace hashlens

#endif  // HASHLENS_DECODE_PNG_EXIF_H_
