#include "train/augment.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <set>

#include "image/preprocess.h"

namespace hashlens {
namespace {

constexpr int kSize = 16;
constexpr size_t kFloats = kSize * kSize * 3;

// Red rises from left to right, green from top to bottom; blue is full, so nothing is 127.
Image Gradient(int width, int height) {
  Image image{width, height, {}};
  for (int y = 0; y < height; ++y) {
    for (int x = 0; x < width; ++x) {
      image.rgb.push_back(static_cast<uint8_t>(x * 255 / (width - 1)));
      image.rgb.push_back(static_cast<uint8_t>(y * 255 / (height - 1)));
      image.rgb.push_back(255);
    }
  }
  return image;
}

std::vector<float> Variant(const AugmentOptions& options, uint64_t seed) {
  std::vector<float> out(kFloats);
  AugmentedInput(Gradient(40, 30), options, NetworkInput(), kSize, seed, out);
  return out;
}

// Of the middle row.
bool RisesToTheRight(const std::vector<float>& pixels) {
  const size_t row = kSize / 2 * kSize * 3;
  return pixels[row] < pixels[row + (kSize - 1) * 3];
}

bool HasBlank(const std::vector<float>& pixels) {
  for (size_t i = 0; i < kFloats; i += 3) {
    if (pixels[i] == 0 && pixels[i + 1] == 0 && pixels[i + 2] == 0) return true;
  }
  return false;
}

TEST(Augment, TheSameSeedGivesTheSameVariant) {
  EXPECT_EQ(Variant({}, 3), Variant({}, 3));
  EXPECT_NE(Variant({}, 3), Variant({}, 4));
}

TEST(Augment, WithoutChanceItIsTheWholePicture) {
  const AugmentOptions none{.min_area = 1, .flip = false, .erase = 0};
  EXPECT_EQ(Variant(none, 1), Variant(none, 2));
  const NetworkInput input;
  const Image whole = Resample(Gradient(40, 30), {0, 0, 40, 30}, kSize, kSize);
  const std::vector<float> variant = Variant(none, 1);
  for (size_t i = 0; i < kFloats; ++i)
    EXPECT_NEAR(variant[i], (whole.rgb[i] - input.mean[i % 3]) / input.scale[i % 3], 1e-6);
}

TEST(Augment, HalfAreMirroredAndSomeBlanked) {
  int mirrored = 0;
  int blanked = 0;
  for (uint64_t seed = 0; seed < 400; ++seed) {
    mirrored += RisesToTheRight(Variant({.min_area = 0.5, .flip = true, .erase = 0}, seed)) ? 0 : 1;
    blanked += HasBlank(Variant({.min_area = 0.5, .flip = false, .erase = 0.25}, seed)) ? 1 : 0;
    EXPECT_TRUE(RisesToTheRight(Variant({.min_area = 0.5, .flip = false, .erase = 0}, seed)));
  }
  EXPECT_NEAR(mirrored, 200, 50);
  EXPECT_NEAR(blanked, 100, 45);
}

TEST(Augment, CropsAreOfManyPlaces) {
  std::set<float> corners;
  for (uint64_t seed = 0; seed < 50; ++seed)
    corners.insert(Variant({.min_area = 0.3, .flip = false, .erase = 0}, seed)[0]);
  EXPECT_GT(corners.size(), 10u);
}

TEST(Augment, PicturesOfOnePixelWork) {
  std::vector<float> out(kFloats);
  AugmentedInput({1, 1, {9, 8, 7}}, {}, NetworkInput(), kSize, 1, out);
  PlainInput({1, 1, {9, 8, 7}}, NetworkInput(), kSize, out);
  EXPECT_NEAR(out[0], (9 - NetworkInput().mean[0]) / NetworkInput().scale[0], 1e-6);
}

// The red of the left edge tells where the window lies, the green of the upper one, too.
TEST(Augment, WindowsLieAnywhereInTheStretchedPicture) {
  constexpr int kWhole = 20;
  NetworkInput input;
  input.size = kSize;
  input.crop_fraction = kSize / double{kWhole};
  const AugmentOptions options{.min_area = 0.5, .flip = false, .erase = 0, .window = true};
  const Image picture = Gradient(40, 30);
  const Image whole = Resample(picture, {0, 0, 40, 30}, kWhole, kWhole);
  std::set<std::pair<int, int>> places;
  for (uint64_t seed = 0; seed < 300; ++seed) {
    std::vector<float> out(kFloats);
    AugmentedInput(picture, options, input, kSize, seed, out);
    const size_t middle = (kSize / 2 * kSize + kSize / 2) * 3;
    const auto byte = [&](size_t c) { return out[middle + c] * input.scale[c] + input.mean[c]; };
    int found = 0;
    for (int top = 0; top <= kWhole - kSize; ++top) {
      for (int left = 0; left <= kWhole - kSize; ++left) {
        const auto at = static_cast<size_t>((top + kSize / 2) * kWhole + left + kSize / 2) * 3;
        if (std::abs(byte(0) - static_cast<float>(whole.rgb[at])) > 2 ||
            std::abs(byte(1) - static_cast<float>(whole.rgb[at + 1])) > 2)
          continue;
        ++found;
        places.emplace(top, left);
      }
    }
    EXPECT_EQ(found, 1) << "a window of whole pixels";
  }
  EXPECT_EQ(places.size(), 25u);
}

}  // namespace
}  // namespace hashlens
