// TIFF by its samples, one by one: the kinds that libvips does not read.
#ifndef HASHLENS_DECODE_TIFF_SAMPLES_H_
#define HASHLENS_DECODE_TIFF_SAMPLES_H_

#include "base/bytes.h"
#include "decode/raster.h"
#include "decode/tiff_facts.h"
#include "hashlens/status.h"

namespace hashlens {

// The first page, in strips or tiles, samples together or in planes: whole numbers of 1 to 32 bits,
// of which signed ones are black at their lowest, floats of 16, 32 and 64 bits; grey, RGB, CMYK,
// CIELab and ICCLab (which become sRGB). Of a file that ends early there is damage. kCorruption,
// kUnsupported, kInvalidArgument (over `max_pixels`).
Result<Raster> ReadTiffSamples(ByteSpan file, const TiffFacts& facts, uint64_t max_pixels);

}  // namespace hashlens

#endif  // HASHLENS_DECODE_TIFF_SAMPLES_H_
