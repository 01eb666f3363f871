#include "decode/tone_map.h"

#include <algorithm>
#include <cmath>
#include <cstring>

namespace hashlens {
namespace {

// Enough samples to know a percentile.
constexpr size_t kLookedAt = 200'000;
constexpr size_t kCutOff = 200;  // one sample in so many

float SampleAt(const Raster& raster, size_t at) {
  float value = 0;
  std::memcpy(&value, &raster.samples[4 * at], 4);
  return value;
}

// By what colours are divided.
float WhiteOf(const Raster& raster, size_t bands, size_t colours) {
  const size_t pixels = raster.samples.size() / 4 / bands;
  const size_t step = std::max<size_t>(1, pixels * colours / kLookedAt);
  std::vector<float> bright;
  size_t seen = 0;
  for (size_t pixel = 0; pixel < pixels; pixel += step) {
    for (size_t band = 0; band < colours; ++band, ++seen) {
      const float value = SampleAt(raster, pixel * bands + band);
      if (value > 1 && std::isfinite(value)) bright.push_back(value);
    }
  }
  const size_t cut = seen / kCutOff;
  if (bright.size() <= std::max(seen / 2, cut)) return 1;
  const auto white = bright.begin() + static_cast<ptrdiff_t>(bright.size() - 1 - cut);
  std::ranges::nth_element(bright, white);
  return *white;
}

float SrgbCurve(float light) {
  return light <= 0.0031308F ? light * 12.92F : 1.055F * std::pow(light, 1 / 2.4F) - 0.055F;
}

}  // namespace

void ToneMap(Raster* raster) {
  const auto bands = static_cast<size_t>(Bands(*raster));
  const size_t colours = bands - (raster->alpha == RasterAlpha::kNone ? 0 : 1);
  const bool light =
      raster->colour == RasterColour::kLinearGrey || raster->colour == RasterColour::kLinearRgb;
  const float white = WhiteOf(*raster, bands, colours);
  const size_t count = raster->samples.size() / 4;
  // Each result takes less room than the float it is made of, and lies before it.
  for (size_t i = 0; i < count; ++i) {
    float value = SampleAt(*raster, i);
    const bool colour = i % bands < colours;
    if (colour) value /= white;
    value = value > 0 ? std::min(value, 1.0F) : 0;  // not a number is not above 0
    if (colour && light) value = SrgbCurve(value);
    const auto wide = static_cast<uint16_t>(std::lround(value * 65535));
    std::memcpy(&raster->samples[2 * i], &wide, 2);
  }
  raster->samples.resize(2 * count);
  raster->type = SampleType::kShort;
  if (light) {
    raster->colour =
        raster->colour == RasterColour::kLinearGrey ? RasterColour::kGrey : RasterColour::kRgb;
  }
}

}  // namespace hashlens
