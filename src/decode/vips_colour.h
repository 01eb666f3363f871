// Whatever bands, depths and colour spaces a file may have, to 8-bit sRGB, as a libvips pipeline.
#ifndef HASHLENS_DECODE_VIPS_COLOUR_H_
#define HASHLENS_DECODE_VIPS_COLOUR_H_

#include "decode/vips_loaders.h"

namespace hashlens {

// Replaces the picture by one of three bands of 8 bits in sRGB, with alpha as a fourth where it has
// some, not premultiplied; each side shorter by the whole factor `shrink`: first the average of
// shrink x shrink blocks, then colour, so that the costly step sees few pixels. Nothing is computed
// until pixels are asked for. False with libvips' error text set.
bool ShrinkToSrgb(VipsPicture* picture, int shrink);

}  // namespace hashlens

#endif  // HASHLENS_DECODE_VIPS_COLOUR_H_
