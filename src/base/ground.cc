#include "base/ground.h"

#include <cstddef>

namespace hashlens {
namespace {

constexpr uint32_t kWhite = 255;
constexpr uint32_t kDark = 64;          // black details stand out against it, too
constexpr uint32_t kNearlyWhite = 208;  // luma, ITU-R BT.601

uint32_t Luma(const uint8_t* rgb) { return (77U * rgb[0] + 150U * rgb[1] + 29U * rgb[2]) >> 8; }

uint32_t GroundFor(std::span<const uint8_t> rgba) {
  uint64_t visible = 0;
  uint64_t nearly_white = 0;
  for (size_t i = 0; i < rgba.size(); i += 4) {
    const uint32_t alpha = rgba[i + 3];
    visible += alpha;
    if (Luma(&rgba[i]) >= kNearlyWhite) nearly_white += alpha;
  }
  return 2 * nearly_white > visible ? kDark : kWhite;
}

}  // namespace

std::vector<uint8_t> LayOverGround(std::span<const uint8_t> rgba) {
  const uint32_t ground = GroundFor(rgba);
  std::vector<uint8_t> rgb(rgba.size() / 4 * 3);
  uint8_t* out = rgb.data();
  for (size_t i = 0; i < rgba.size(); i += 4) {
    const uint32_t alpha = rgba[i + 3];
    for (size_t band = 0; band < 3; ++band)
      *out++ = static_cast<uint8_t>((rgba[i + band] * alpha + ground * (255 - alpha) + 127) / 255);
  }
  return rgb;
}

}  // namespace hashlens
