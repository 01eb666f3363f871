// From rasters to libvips pictures, and from pictures of floats to rasters.
#ifndef HASHLENS_DECODE_RASTER_PICTURE_H_
#define HASHLENS_DECODE_RASTER_PICTURE_H_

#include "decode/raster.h"
#include "decode/vips_loaders.h"

namespace hashlens {

// Floats become 16 bits, alpha is no longer multiplied into the colours.
void SettleRaster(Raster* raster);

// A picture over the samples of a settled raster, which must outlive it. Null when out of memory.
VipsPicture PictureOf(const Raster& raster);

}  // namespace hashlens

#endif  // HASHLENS_DECODE_RASTER_PICTURE_H_
