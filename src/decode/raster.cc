#include "decode/raster.h"

#include <algorithm>

#include "base/damage.h"
#include "base/pixel_limit.h"
#include "base/try.h"

namespace hashlens {
namespace {

constexpr uint64_t kPixelBytes = 8;  // four samples of 16 bits

uint64_t PixelBytes(const Raster& raster) {
  return static_cast<uint64_t>(Bands(raster)) * SampleBytes(raster.type);
}

}  // namespace

Status CheckSize(const Raster& raster, uint64_t max_pixels) {
  if (raster.width <= 0 || raster.height <= 0)
    return Corruption("the header states an empty picture");
  const auto width = static_cast<uint64_t>(raster.width);
  const auto height = static_cast<uint64_t>(raster.height);
  const uint64_t pixel_bytes = PixelBytes(raster);
  const uint64_t weight = (pixel_bytes + kPixelBytes - 1) / kPixelBytes;
  if (width > max_pixels / weight / height) {
    return OverPixelLimit(width, height, max_pixels,
                          weight == 1 ? "" : " of " + std::to_string(pixel_bytes) + " bytes each");
  }
  return {};
}

Status MakeRoom(Raster* raster, uint64_t max_pixels) {
  HL_TRY(CheckSize(*raster, max_pixels));
  raster->samples.assign(static_cast<uint64_t>(raster->width) *
                             static_cast<uint64_t>(raster->height) * PixelBytes(*raster),
                         std::byte{0});
  return {};
}

void NoteDamage(Raster* raster, int whole_rows, const std::string& why) {
  raster->whole_rows = std::clamp(whole_rows, 0, raster->height);
  raster->damage = why;
  if (raster->type == SampleType::kFloat || raster->height <= 0) return;  // black
  const size_t row_bytes = raster->samples.size() / static_cast<size_t>(raster->height);
  std::fill(raster->samples.begin() +
                static_cast<ptrdiff_t>(static_cast<size_t>(raster->whole_rows) * row_bytes),
            raster->samples.end(), std::byte{kMissingSample});
}

}  // namespace hashlens
