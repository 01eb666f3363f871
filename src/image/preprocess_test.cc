#include "image/preprocess.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <random>
#include <vector>

#include "image/test_pictures.h"

namespace hashlens {
namespace {

double Bicubic(double x) {
  x = std::abs(x);
  if (x < 1) return 1.5 * x * x * x - 2.5 * x * x + 1;
  return x < 2 ? -0.5 * x * x * x + 2.5 * x * x - 4 * x + 2 : 0;
}

// The same definition in two dimensions at once and in double precision, before clipping to 0..255.
std::vector<double> Oracle(const Image& image, const Box& box, int width, int height) {
  const auto weights = [](double low, double high, int size, int i, int source) {
    const double step = (high - low) / size, widening = std::max(1.0, step);
    const double centre = low + (i + 0.5) * step;
    std::vector<double> all;
    double sum = 0;
    for (int x = 0; x < source; ++x) {
      all.push_back(Bicubic((x + 0.5 - centre) / widening));
      sum += all.back();
    }
    for (double& w : all) w /= sum;
    return all;
  };
  std::vector<double> out;
  for (int y = 0; y < height; ++y) {
    const auto down = weights(box.top, box.bottom, height, y, image.height);
    for (int x = 0; x < width; ++x) {
      const auto across = weights(box.left, box.right, width, x, image.width);
      double sums[3] = {0, 0, 0};
      for (int v = 0; v < image.height; ++v) {
        for (int u = 0; u < image.width; ++u) {
          const double w = down[static_cast<size_t>(v)] * across[static_cast<size_t>(u)];
          if (w == 0) continue;
          const Colour rgb = PixelAt(image, u, v);
          for (size_t c = 0; c < 3; ++c) sums[c] += w * rgb[c];
        }
      }
      out.insert(out.end(), sums, sums + 3);
    }
  }
  return out;
}

void ExpectMatchesOracle(const Image& image, const Box& box, int width, int height) {
  const Image actual = Resample(image, box, width, height);
  const auto expected = Oracle(image, box, width, height);
  ASSERT_EQ(actual.rgb.size(), expected.size());
  double worst = 0;
  for (size_t i = 0; i < expected.size(); ++i) {
    worst = std::max(worst, std::abs(actual.rgb[i] - std::clamp(expected[i], 0.0, 255.0)));
  }
  EXPECT_LE(worst, 1.0) << image.width << " x " << image.height << " box " << box.left << ".."
                        << box.right << ", " << box.top << ".." << box.bottom << " to " << width
                        << " x " << height;
}

TEST(Resample, MatchesTheDefinitionForRandomSizesAndBoxes) {
  std::mt19937 random(7);
  const auto uniform = [&](double low, double high) {
    return std::uniform_real_distribution<double>(low, high)(random);
  };
  for (int round = 0; round < 60; ++round) {
    const int w = static_cast<int>(uniform(1, 40)), h = static_cast<int>(uniform(1, 40));
    Image image = NoisePicture(w, h, static_cast<uint32_t>(round));
    if (round % 2 == 0) {  // black and white only: the strongest overshoot
      for (uint8_t& value : image.rgb) value = value < 128 ? 0 : 255;
    }
    const double left = uniform(0, w), top = uniform(0, h);
    const Box box{left, top, uniform(left, w), uniform(top, h)};
    if (box.right <= box.left || box.bottom <= box.top) continue;
    ExpectMatchesOracle(image, box, static_cast<int>(uniform(1, 30)),
                        static_cast<int>(uniform(1, 30)));
    ExpectMatchesOracle(image, {0, 0, static_cast<double>(w), static_cast<double>(h)}, 9, 9);
  }
}

TEST(Resample, StaysExactOverBlocksOfALongRow) {
  const Image image = NoisePicture(700, 5, 3);
  ExpectMatchesOracle(image, {0, 0, 700, 5}, 640, 3);
  ExpectMatchesOracle(image, {0.5, 0, 699.5, 5}, 20, 2);
}

TEST(Resample, TheWholePictureAtItsOwnSizeIsUnchanged) {
  const Image image = NoisePicture(61, 43, 11);
  EXPECT_EQ(Resample(image, {0, 0, 61, 43}, 61, 43).rgb, image.rgb);
}

TEST(Resample, AFlatPictureStaysFlatAtEveryScale) {
  for (const int value : {0, 1, 127, 254, 255}) {
    const Image image = FlatPicture(301, 97, {value, 255 - value, 128});
    for (const int size : {1, 2, 7, 97, 150, 400}) {
      const Image out = Resample(image, {0.3, 0.7, 300.1, 96.9}, size, size);
      for (int i = 0; i < size; ++i) EXPECT_EQ(PixelAt(out, i, size - 1 - i), PixelAt(image, 0, 0));
    }
  }
}

TEST(Resample, KnownBytesOnEveryMachine) {
  const Image out = CropToSquare(NoisePicture(97, 61, 5), 16, 0.875);
  uint32_t hash = 2166136261u;  // FNV-1a
  for (const uint8_t value : out.rgb) hash = (hash ^ value) * 16777619u;
  EXPECT_EQ(hash, 3877627874u);
}

TEST(CropToSquare, TakesTheCentre) {
  Image image = FlatPicture(30, 10, {255, 0, 0});
  for (int y = 0; y < 10; ++y) {
    for (int x = 8; x < 22; ++x) image.rgb[static_cast<size_t>(y * 30 + x) * 3 + 2] = 255;
  }
  const Image out = CropToSquare(image, 10, 1.0);
  EXPECT_EQ(out.width, 10);
  EXPECT_EQ(out.height, 10);
  EXPECT_EQ(out.rgb, FlatPicture(10, 10, {255, 0, 255}).rgb);
}

TEST(CropToSquare, WorksForTheThinnestPictures) {
  for (const auto& [w, h] : {std::pair{1, 1}, {1, 10000}, {10000, 1}, {2, 3}, {60000, 2}}) {
    const Image out = CropToSquare(FlatPicture(w, h, {10, 20, 30}), 224, 0.875);
    EXPECT_EQ(out.rgb, FlatPicture(224, 224, {10, 20, 30}).rgb);
  }
}

// What Caffe's users do in two steps.
Image StretchedThenCropped(const Image& image, int whole, int size) {
  const Image square =
      Resample(image, {0, 0, static_cast<double>(image.width), static_cast<double>(image.height)},
               whole, whole);
  Image out = FlatPicture(size, size, {0, 0, 0});
  const int margin = (whole - size) / 2;
  for (int y = 0; y < size; ++y) {
    const auto from = square.rgb.begin() + ((y + margin) * whole + margin) * std::ptrdiff_t{3};
    std::copy(from, from + size * std::ptrdiff_t{3},
              out.rgb.begin() + y * size * std::ptrdiff_t{3});
  }
  return out;
}

TEST(CropToSquare, StretchedIsThePartInTheMiddleOfTheWholePictureMadeSquare) {
  for (const auto& [w, h] : {std::pair{80, 50}, {33, 90}, {64, 64}, {7, 5}}) {
    const Image image = NoisePicture(w, h, 9);
    for (const auto& [whole, size] : {std::pair{64, 57}, {64, 56}, {32, 32}, {256, 227}}) {
      const Image out =
          CropToSquare(image, size, size / static_cast<double>(whole), PictureFit::kStretch);
      const Image expected = StretchedThenCropped(image, whole, size);
      ASSERT_EQ(out.rgb.size(), expected.rgb.size());
      for (size_t i = 0; i < out.rgb.size(); ++i)
        ASSERT_NEAR(out.rgb[i], expected.rgb[i], 1)
            << w << " x " << h << " to " << whole << ", " << i;
    }
  }
}

TEST(CropToSquare, StretchedAtItsOwnSizeIsCopied) {
  const Image image = NoisePicture(40, 40, 2);
  EXPECT_EQ(CropToSquare(image, 31, 31 / 40.0, PictureFit::kStretch).rgb,
            StretchedThenCropped(image, 40, 31).rgb);
}

TEST(CropToSquare, StretchedWorksForTheThinnestPictures) {
  for (const auto& [w, h] : {std::pair{1, 1}, {1, 10000}, {10000, 1}, {60000, 2}}) {
    const Image out =
        CropToSquare(FlatPicture(w, h, {10, 20, 30}), 227, 227 / 256.0, PictureFit::kStretch);
    EXPECT_EQ(out.rgb, FlatPicture(227, 227, {10, 20, 30}).rgb);
  }
}

TEST(ShortSideFor, IsEnoughForTheCrop) {
  EXPECT_EQ(ShortSideFor(224, 0.875), 256);
  EXPECT_EQ(ShortSideFor(224, 1.0), 224);
  EXPECT_EQ(ShortSideFor(225, 0.875), 258);
  for (int size = 1; size < 600; ++size) EXPECT_GE(ShortSideFor(size, 0.9) * 0.9, size - 1e-9);
}

}  // namespace
}  // namespace hashlens
