// A picture's samples as a file stores them, before colour: what the readers of this folder make.
#ifndef HASHLENS_DECODE_RASTER_H_
#define HASHLENS_DECODE_RASTER_H_

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

#include "base/bytes.h"
#include "hashlens/status.h"

namespace hashlens {

enum class SampleType : uint8_t { kByte, kShort, kFloat };  // 8 bits, 16 bits, 0.0 to 1.0 and above

enum class RasterColour : uint8_t {
  kGrey,
  kRgb,
  kCmyk,        // the largest sample is full ink
  kLinearGrey,  // floats that measure light; the others have sRGB's curve
  kLinearRgb,
};

enum class RasterAlpha : uint8_t { kNone, kStraight, kPremultiplied };

// Rows from top to bottom without padding, samples of a pixel together, in the machine's byte
// order.
struct Raster {
  int width = 0;
  int height = 0;
  SampleType type = SampleType::kByte;
  RasterColour colour = RasterColour::kRgb;
  RasterAlpha alpha = RasterAlpha::kNone;  // otherwise the last sample of each pixel
  std::vector<std::byte> samples;
  std::vector<std::byte> icc;  // empty: sRGB, or light as `colour` says
  int orientation = 1;         // EXIF's number
  // The picture's size, where the reader made it smaller; 0: as above.
  int original_width = 0;
  int original_height = 0;
  // Why not all of it is there; empty: it is whole. Then the first `whole_rows` rows are as they
  // should be.
  std::string damage;
  int whole_rows = 0;
};

inline int Bands(const Raster& raster) {
  const bool grey =
      raster.colour == RasterColour::kGrey || raster.colour == RasterColour::kLinearGrey;
  return (grey                                   ? 1
          : raster.colour == RasterColour::kCmyk ? 4
                                                 : 3) +
         (raster.alpha == RasterAlpha::kNone ? 0 : 1);
}

inline size_t SampleBytes(SampleType type) {
  return type == SampleType::kByte ? 1 : type == SampleType::kShort ? 2 : 4;
}

// Of a file that lacks pixels.
inline constexpr char kEndsEarly[] = "the file ends before the picture does";

// Whether width, height, type, colour and alpha are within bounds, which is asked before the length
// of the file. kCorruption: an empty picture; kInvalidArgument: over `max_pixels`. A pixel of more
// than eight bytes counts as several.
Status CheckSize(const Raster& raster, uint64_t max_pixels);

// Makes room for the samples, all zero. The errors of CheckSize.
Status MakeRoom(Raster* raster, uint64_t max_pixels);

// Notes that rows are missing from row `whole_rows` on, and makes them grey.
void NoteDamage(Raster* raster, int whole_rows, const std::string& why);

}  // namespace hashlens

#endif  // HASHLENS_DECODE_RASTER_H_
