// Colour histogram, GIST and SIFT words of small drawn pictures.
#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <numeric>

#include "base/random.h"
#include "eval/descriptors/colour_histogram.h"
#include "eval/descriptors/gist.h"
#include "eval/descriptors/sift_words.h"

namespace hashlens {
namespace {

using Colour = std::array<uint8_t, 3>;

Image Draw(int width, int height, const std::function<Colour(int x, int y)>& colour) {
  Image image{width, height, {}};
  for (int y = 0; y < height; ++y) {
    for (int x = 0; x < width; ++x) {
      const Colour pixel = colour(x, y);
      image.rgb.insert(image.rgb.end(), pixel.begin(), pixel.end());
    }
  }
  return image;
}

Image Plain(Colour colour) {
  return Draw(20, 10, [&](int, int) { return colour; });
}

Image Noise(uint64_t seed) {
  Random random(seed);
  return Draw(40, 30, [&](int, int) -> Colour {
    const auto draw = [&] { return static_cast<uint8_t>(random.Uniform() * 256); };
    return {draw(), draw(), draw()};
  });
}

// Stripes that run along x (upright false) or along y.
Image Stripes(bool upright) {
  return Draw(64, 64, [&](int x, int y) -> Colour {
    const uint8_t light = (upright ? x : y) / 4 % 2 == 0 ? 230 : 20;
    return {light, light, light};
  });
}

double Sum(const std::vector<float>& values) {
  return std::accumulate(values.begin(), values.end(), 0.0);
}

size_t BinOf(Colour colour) {
  const auto shares = ColourHistogram(Plain(colour));
  return static_cast<size_t>(std::max_element(shares.begin(), shares.end()) - shares.begin());
}

TEST(ColourHistogram, SumsToOne) {
  const auto shares = ColourHistogram(Noise(1));
  ASSERT_EQ(shares.size(), kColourBins);
  EXPECT_NEAR(Sum(shares), 1, 1e-5);
  EXPECT_GE(*std::min_element(shares.begin(), shares.end()), 0);
}

TEST(ColourHistogram, OneColourIsOneBin) {
  const auto shares = ColourHistogram(Plain({255, 0, 0}));
  EXPECT_EQ(*std::max_element(shares.begin(), shares.end()), 1);
  EXPECT_EQ(Sum(shares), 1);
  EXPECT_NE(BinOf({255, 0, 0}), BinOf({0, 255, 0}));
  EXPECT_NE(BinOf({255, 0, 0}), BinOf({100, 0, 0}));
  EXPECT_NE(BinOf({255, 0, 0}), BinOf({255, 150, 150}));
  EXPECT_EQ(BinOf({255, 0, 0}), BinOf({250, 5, 5}));
  EXPECT_EQ(BinOf({255, 0, 20}), kColourBins - 1);  // the last hue, full saturation and value
}

TEST(ColourHistogram, GreysAreFourBins) {
  EXPECT_EQ(BinOf({0, 0, 0}), 0u);
  EXPECT_EQ(BinOf({20, 0, 0}), 0u);  // too dark for a hue
  EXPECT_EQ(BinOf({100, 100, 100}), 1u);
  EXPECT_EQ(BinOf({150, 150, 150}), 2u);
  EXPECT_EQ(BinOf({255, 255, 255}), 3u);
}

TEST(ColourHistogram, HalfAndHalf) {
  const auto shares = ColourHistogram(Draw(10, 10, [](int x, int) {
    return x < 5 ? Colour{255, 0, 0} : Colour{0, 0, 255};
  }));
  EXPECT_EQ(shares[BinOf({255, 0, 0})], 0.5F);
  EXPECT_EQ(shares[BinOf({0, 0, 255})], 0.5F);
}

// The strength of each direction at a scale, summed over the grid.
std::vector<double> Directions(const std::vector<float>& gist, int scale) {
  constexpr size_t kCells = Gist::kGrid * Gist::kGrid;
  std::vector<double> sums;
  for (size_t d = 0; d < Gist::kDirections; ++d) {
    const auto first =
        gist.begin() + static_cast<ptrdiff_t>((scale * size_t{Gist::kDirections} + d) * kCells);
    sums.push_back(std::accumulate(first, first + kCells, 0.0));
  }
  return sums;
}

TEST(Gist, SeesWhichWayStripesRun) {
  const Gist gist;
  const auto upright = gist.Describe(Stripes(true)), level = gist.Describe(Stripes(false));
  ASSERT_EQ(upright.size(), Gist::kDim);
  // Stripes of 8 pixels of 128: 1/16 cycle a pixel, nearest to the third or fourth scale.
  const auto a = Directions(upright, 2), b = Directions(level, 2);
  const auto strongest = [](const std::vector<double>& sums) {
    return std::max_element(sums.begin(), sums.end()) - sums.begin();
  };
  EXPECT_EQ(strongest(a), 0);
  EXPECT_EQ(strongest(b), Gist::kDirections / 2);
  EXPECT_GT(a[0], 5 * a[Gist::kDirections / 2]);
  EXPECT_NEAR(a[0], b[Gist::kDirections / 2], 0.05 * a[0]);
}

TEST(Gist, PlainPicturesGiveNothingAndTheGridHasPlaces) {
  const Gist gist;
  for (const float value : gist.Describe(Plain({90, 120, 30}))) EXPECT_NEAR(value, 0, 1e-4);
  const Image left = Draw(128, 128, [](int x, int y) -> Colour {
    const uint8_t light = x < 64 && y / 4 % 2 == 0 ? 230 : 20;
    return {light, light, light};
  });
  const auto values = gist.Describe(left);
  double sums[2] = {0, 0};
  for (size_t i = 0; i < values.size(); ++i) sums[i % Gist::kGrid / 2] += values[i];
  EXPECT_GT(sums[0], 2 * sums[1]);
}

TEST(SiftWords, AGridOfDescriptors) {
  const Vectors sift = GridSift(Noise(2));
  EXPECT_EQ(sift.dim, 128u);
  EXPECT_EQ(sift.rows(), 14u * 14u);
  const Vectors plain = GridSift(Plain({90, 90, 90}));
  EXPECT_EQ(plain.rows(), 14u * 14u);
  for (const float value : plain.values) EXPECT_EQ(value, 0);
}

TEST(SiftWords, SharesSumToOneAndWordsAreTheNearest) {
  const Vectors sift = GridSift(Noise(3));
  const Vectors vocabulary = SiftVocabulary(sift, 10, 1);
  EXPECT_EQ(vocabulary.rows(), 10u);
  EXPECT_EQ(SiftVocabulary(sift, 500, 1).rows(), 49u);  // a quarter of 196
  EXPECT_EQ(SiftVocabulary(sift, 10, 1).values, vocabulary.values);
  EXPECT_NEAR(Sum(WordShares(vocabulary, sift)), 1, 1e-5);
  const Vectors words{2, {0, 0, 10, 0, 0, 10}};
  const Vectors described{2, {1, 1, 9, 2, 8, 1, 0, 11}};
  EXPECT_EQ(WordShares(words, described), (std::vector<float>{0.25F, 0.5F, 0.25F}));
}

}  // namespace
}  // namespace hashlens
