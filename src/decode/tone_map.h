// Pictures of floats to whole numbers.
#ifndef HASHLENS_DECODE_TONE_MAP_H_
#define HASHLENS_DECODE_TONE_MAP_H_

#include "decode/raster.h"

namespace hashlens {

// Makes 16-bit samples of a raster of floats. 0.0 is black and 1.0 white; what is brighter is cut
// off, but where more than half of the picture is, all of it is divided so that only one sample in
// 200 is. Light gets sRGB's
// curve (IEC 61966-2-1) afterwards. What is no number is black.
void ToneMap(Raster* raster);

}  // namespace hashlens

#endif  // HASHLENS_DECODE_TONE_MAP_H_
