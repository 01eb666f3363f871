// How a picture has to be turned, by its EXIF data.
#ifndef HASHLENS_BASE_EXIF_ORIENTATION_H_
#define HASHLENS_BASE_EXIF_ORIENTATION_H_

#include "base/bytes.h"

namespace hashlens {

// The orientation (TIFF 6.0 tag 274) of an EXIF block, with or without "Exif\0\0" before it, as any
// kind of whole number. Returns 1 to 8: 1 if there is no orientation or its value is out of range.
int ExifOrientation(ByteSpan exif);

}  // namespace hashlens

#endif  // HASHLENS_BASE_EXIF_ORIENTATION_H_
