#include "library/query_region.h"

#include <algorithm>
#include <cmath>
#include <cstring>

namespace hashlens {
namespace {

// Fractions come as decimal numbers: 0.7 + 0.3 may be a little more than 1.
constexpr double kSlack = 1e-6;
constexpr int kLongestSide = 65'535;

struct Pixels {
  int first = 0;
  int count = 0;
};

Pixels PixelsOf(double start, double length, int all) {
  const int first = std::clamp(static_cast<int>(std::floor((start + kSlack) * all)), 0, all - 1);
  const int end =
      std::clamp(static_cast<int>(std::ceil((start + length - kSlack) * all)), first + 1, all);
  return {first, end - first};
}

}  // namespace

Status CheckRegion(const Region& region) {
  const bool within = region.x >= 0 && region.y >= 0 && region.width > 0 && region.height > 0 &&
                      region.x + region.width <= 1 + kSlack &&
                      region.y + region.height <= 1 + kSlack;
  if (within) return {};  // never for what is no number
  return InvalidArgument(
      "the region is not within the picture: x, y, width and height are fractions of it, with "
      "x + width and y + height at most 1");
}

Image CropTo(const Image& image, const Region& region) {
  const Pixels columns = PixelsOf(region.x, region.width, image.width);
  const Pixels rows = PixelsOf(region.y, region.height, image.height);
  Image part{columns.count, rows.count, {}};
  const size_t row_bytes = static_cast<size_t>(columns.count) * 3;
  part.rgb.resize(row_bytes * static_cast<size_t>(rows.count));
  for (int y = 0; y < rows.count; ++y) {
    const size_t from = (static_cast<size_t>(rows.first + y) * static_cast<size_t>(image.width) +
                         static_cast<size_t>(columns.first)) *
                        3;
    std::memcpy(part.rgb.data() + static_cast<size_t>(y) * row_bytes, image.rgb.data() + from,
                row_bytes);
  }
  return part;
}

int ShortSideOfWhole(const Region& region, int side) {
  const double whole = std::ceil(side / std::min({region.width, region.height, 1.0}));
  return static_cast<int>(std::min<double>(whole, kLongestSide));
}

}  // namespace hashlens
