// CIE Lab, as TIFF stores it, to sRGB.
#ifndef HASHLENS_DECODE_LAB_H_
#define HASHLENS_DECODE_LAB_H_

#include "decode/raster.h"

namespace hashlens {

// TIFF 6.0 section 23 (a and b are signed), and Adobe's TIFF Technical Note 4 (they begin at -128).
enum class LabCoding : uint8_t { kCie, kIcc };

// Replaces three 16-bit samples a pixel, which hold numbers of `bits` bits (8 or 16), by those of
// sRGB. The white of Lab is D50.
void LabToSrgb(LabCoding coding, int bits, Raster* raster);

}  // namespace hashlens

#endif  // HASHLENS_DECODE_LAB_H_
