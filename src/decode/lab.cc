#include "decode/lab.h"

#include <algorithm>
#include <cmath>
#include <cstring>

namespace hashlens {
namespace {

struct Lab {
  double lightness, a, b;  // 0 to 100, -128 to 127
};

Lab LabOf(const uint16_t* numbers, LabCoding coding, int bits) {
  const auto number = [&](int i) { return static_cast<double>(numbers[i]); };
  if (coding == LabCoding::kIcc) {
    if (bits == 8) return {number(0) / 2.55, number(1) - 128, number(2) - 128};
    return {number(0) * 100 / 65280, number(1) / 256 - 128, number(2) / 256 - 128};
  }
  if (bits == 8) {
    return {number(0) / 2.55, static_cast<double>(static_cast<int8_t>(numbers[1])),
            static_cast<double>(static_cast<int8_t>(numbers[2]))};
  }
  return {number(0) * 100 / 65535, static_cast<int16_t>(numbers[1]) / 256.0,
          static_cast<int16_t>(numbers[2]) / 256.0};
}

// CIE 15, the inverse of the cube root with its linear foot.
double Uncube(double t) { return t > 6.0 / 29 ? t * t * t : (t - 4.0 / 29) * 108 / 841; }

uint16_t Encode(double light) {
  light = std::clamp(light, 0.0, 1.0);
  const double value =
      light <= 0.0031308 ? light * 12.92 : 1.055 * std::pow(light, 1 / 2.4) - 0.055;
  return static_cast<uint16_t>(std::lround(value * 65535));
}

}  // namespace

void LabToSrgb(LabCoding coding, int bits, Raster* raster) {
  const auto bands = static_cast<size_t>(Bands(*raster));
  for (size_t at = 0; at < raster->samples.size(); at += 2 * bands) {
    uint16_t numbers[3];
    std::memcpy(numbers, &raster->samples[at], sizeof(numbers));
    const Lab lab = LabOf(numbers, coding, bits);
    const double y = (lab.lightness + 16) / 116;
    const double light_x = 0.9642 * Uncube(y + lab.a / 500);
    const double light_y = Uncube(y);
    const double light_z = 0.8249 * Uncube(y - lab.b / 200);
    // XYZ of D50 to sRGB, adapted by Bradford's method (ICC's sRGB profile, inverted).
    const uint16_t rgb[3] = {
        Encode(3.1338561 * light_x - 1.6168667 * light_y - 0.4906146 * light_z),
        Encode(-0.9787684 * light_x + 1.9161415 * light_y + 0.0334540 * light_z),
        Encode(0.0719453 * light_x - 0.2289914 * light_y + 1.4052427 * light_z)};
    std::memcpy(&raster->samples[at], rgb, sizeof(rgb));
  }
}

}  // namespace hashlens
