// Pictures as libvips loads them, made ready for the colour pipeline.
#ifndef HASHLENS_DECODE_VIPS_SAMPLES_H_
#define HASHLENS_DECODE_VIPS_SAMPLES_H_

#include <optional>

#include "decode/first_frame.h"
#include "decode/raster.h"
#include "decode/tiff_facts.h"
#include "decode/vips_loaders.h"

namespace hashlens {

// Those that return false have set libvips' error text.

// Keeps the colours of a TIFF and its alpha, which libvips has taken out of the colours.
bool KeepTiffBands(const TiffFacts& facts, VipsPicture* picture);

// Makes what lies outside the first frame transparent, where it is not yet.
bool ClearOutside(const FrameBox& box, VipsPicture* picture);

// The light that Radiance's packed floats stand for. kInvalidArgument: over `max_pixels`; the
// failures of libvips.
Result<Raster> RadianceRaster(VipsPicture picture, uint64_t max_pixels);

}  // namespace hashlens

#endif  // HASHLENS_DECODE_VIPS_SAMPLES_H_
