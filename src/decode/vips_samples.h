// Pictures as libvips loads them, made ready for the colour pipeline.
#ifndef HASHLENS_DECODE_VIPS_SAMPLES_H_
#define HASHLENS_DECODE_VIPS_SAMPLES_H_

#include <optional>

#include "decode/first_frame.h"
#include "decode/raster.h"
#include "decode/tiff_facts.h"
#include "decode/vips_loaders.h"

namespace hashlens {

// All return false with libvips' error text set.

// Keeps the colours of a TIFF and its alpha, which libvips has taken out of the colours.
bool KeepTiffBands(const TiffFacts& facts, VipsPicture* picture);

// Makes what lies outside the first frame transparent, where it is not yet.
bool ClearOutside(const FrameBox& box, VipsPicture* picture);

// Whether the samples are floats (also doubles, and the packed ones of Radiance), but not of Lab.
bool HasFloats(VipsImage* picture);

// The samples of such a picture; of Radiance they are light. kUnsupported: neither grey nor RGB.
Result<Raster> FloatRaster(VipsPicture picture, ImageFormat format, uint64_t max_pixels);

}  // namespace hashlens

#endif  // HASHLENS_DECODE_VIPS_SAMPLES_H_
