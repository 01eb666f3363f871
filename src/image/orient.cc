#include "image/orient.h"

#include <algorithm>
#include <cstddef>
#include <utility>

namespace hashlens {
namespace {

// Where the upright picture's pixel (x, y) lies in the stored one: origin + x * right + y * down,
// in pixels.
struct Walk {
  ptrdiff_t origin;
  ptrdiff_t right;
  ptrdiff_t down;
};

Walk WalkFor(int orientation, ptrdiff_t w, ptrdiff_t h) {
  const ptrdiff_t last_row = (h - 1) * w;
  switch (orientation) {
    case 2:
      return {w - 1, -1, w};
    case 3:
      return {last_row + w - 1, -1, -w};
    case 4:
      return {last_row, 1, -w};
    case 5:
      return {0, w, 1};
    case 6:
      return {last_row, -w, 1};
    case 7:
      return {last_row + w - 1, -w, -1};
    case 8:
      return {w - 1, w, -1};
    default:
      return {0, 1, w};
  }
}

}  // namespace

Image Upright(Image image, int orientation) {
  if (orientation < 2 || orientation > 8) return image;
  Image upright;
  upright.width = SwapsSides(orientation) ? image.height : image.width;
  upright.height = SwapsSides(orientation) ? image.width : image.height;
  upright.rgb.resize(image.rgb.size());
  const Walk walk = WalkFor(orientation, image.width, image.height);
  // Square tiles keep both pictures' lines in cache while rows become columns.
  constexpr int kTile = 32;
  for (int top = 0; top < upright.height; top += kTile) {
    const int bottom = std::min(top + kTile, upright.height);
    for (int left = 0; left < upright.width; left += kTile) {
      const int right = std::min(left + kTile, upright.width);
      for (int y = top; y < bottom; ++y) {
        uint8_t* to = upright.rgb.data() + (static_cast<ptrdiff_t>(y) * upright.width + left) * 3;
        const uint8_t* from =
            image.rgb.data() + (walk.origin + left * walk.right + y * walk.down) * 3;
        for (int x = left; x < right; ++x, to += 3, from += walk.right * 3) {
          to[0] = from[0];
          to[1] = from[1];
          to[2] = from[2];
        }
      }
    }
  }
  return upright;
}

}  // namespace hashlens
