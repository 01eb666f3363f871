// What libtiff says about a file's pixels, and which way to read them.
#ifndef HASHLENS_DECODE_TIFF_FACTS_H_
#define HASHLENS_DECODE_TIFF_FACTS_H_

#include <string>

#include "base/bytes.h"
#include "decode/raster.h"
#include "hashlens/status.h"

namespace hashlens {

enum class TiffWay : uint8_t {
  kVips,     // whole numbers of up to 16 bits in grey, RGB, CMYK and palettes; Lab of floats
  kSamples,  // decode/tiff_samples.h: every other number, Lab, tiles of separate planes
  kRgba,     // libtiff's RGBA interface: YCbCr that is not JPEG, old JPEG, LogLuv
};

struct TiffFacts {
  TiffWay way = TiffWay::kVips;
  bool raw = false;      // a camera's raw picture
  bool palette = false;  // numbers of colours
  int colours = 3;       // samples of a pixel that are colours; they come first
  int alpha =
      -1;  // the sample that is alpha (TIFF 6.0 ExtraSamples 1 or 2, or one not told), or -1
  bool multiplied = false;  // ExtraSamples 1
  std::string missing;      // words about a tag whose values the file does not have, or empty
};

// Of the first page. kCorruption: not read by libtiff, or its uncompressed pixels would not fit
// into the file.
Result<TiffFacts> ReadTiffFacts(ByteSpan file);

// The first page by the RGBA interface, 8 bits a sample. kCorruption, kUnsupported,
// kInvalidArgument (over `max_pixels`).
Result<Raster> ReadTiffAsRgba(ByteSpan file, uint64_t max_pixels);

}  // namespace hashlens

#endif  // HASHLENS_DECODE_TIFF_FACTS_H_
