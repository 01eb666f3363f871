// The real network against a feature computed by another engine. It needs what tools/setup.sh
// makes.
#include <gtest/gtest.h>

#include <cmath>
#include <cstdlib>
#include <fstream>
#include <string>
#include <vector>

#include "base/temp_folder.h"
#include "base/test_paths.h"
#include "model/encoder.h"

namespace hashlens {
namespace {

constexpr int kDim = 1280;
constexpr int kSide = 224;
constexpr size_t kStep = 20;  // the golden file holds every 20th value

struct Golden {
  double norm = 0;
  std::vector<double> values;
};

Golden ReadGolden() {
  std::ifstream file(SourceDir() / "tests/golden/efficientnet-lite0-feature.txt");
  Golden golden;
  std::string line;
  while (std::getline(file, line)) {
    if (line.starts_with('#')) continue;
    if (golden.norm == 0) {
      golden.norm = std::stod(line);
    } else {
      golden.values.push_back(std::stod(line));
    }
  }
  EXPECT_EQ(golden.values.size(), kDim / kStep);
  return golden;
}

// A field of soft bumps, 32 pixels apart, 0 to 255.
uint8_t Bump(int x, int y) {
  const int u = x % 32, v = y % 32;
  return static_cast<uint8_t>(u * (31 - u) * v * (31 - v) * 255 / (240 * 240));
}

// Differs from itself mirrored and with channels in another order.
std::vector<uint8_t> DrawPicture() {
  std::vector<uint8_t> rgb;
  for (int y = 0; y < kSide; ++y) {
    for (int x = 0; x < kSide; ++x) {
      for (const uint8_t value : {Bump(x, y), Bump(x + 16, y), Bump(x, y + 16)})
        rgb.push_back(value);
    }
  }
  return rgb;
}

std::vector<float> FeatureOf(const std::vector<uint8_t>& rgb, Precision precision) {
  const TempFolder temp;
  const auto network = DepsDir() / "models/efficientnet-lite0-parts/network.xml";
  const auto package = WriteModelPackage(temp.path() / "package", "efficientnet-lite0", kDim,
                                         NetworkInput(), network, {});
  if (!package.ok()) {
    ADD_FAILURE() << package.status().message() << "; run tools/setup.sh";
    return {};
  }
  auto encoder = LoadEncoder(*package, {.precision = precision});
  if (!encoder.ok()) {
    ADD_FAILURE() << encoder.status().message();
    return {};
  }
  std::vector<float> feature(kDim);
  const Status status = (*encoder)->Encode(rgb, feature);
  EXPECT_TRUE(status.ok()) << status.message();
  return feature;
}

double Dot(const std::vector<float>& a, const std::vector<float>& b) {
  double sum = 0;
  for (size_t i = 0; i < a.size(); ++i) sum += double{a[i]} * double{b[i]};
  return sum;
}

TEST(GoldenFeature, FloatInferenceEqualsAnotherEngine) {
  const Golden golden = ReadGolden();
  const std::vector<float> feature = FeatureOf(DrawPicture(), Precision::kFp32);
  ASSERT_EQ(feature.size(), size_t{kDim});
  EXPECT_NEAR(std::sqrt(Dot(feature, feature)), golden.norm, 1e-4);
  for (size_t i = 0; i < golden.values.size(); ++i) {
    EXPECT_NEAR(feature[i * kStep], golden.values[i], 1e-4) << i * kStep;
  }
}

TEST(GoldenFeature, AutomaticPrecisionPointsTheSameWay) {
  const std::vector<uint8_t> picture = DrawPicture();
  const std::vector<float> exact = FeatureOf(picture, Precision::kFp32);
  const std::vector<float> feature = FeatureOf(picture, Precision::kAuto);
  ASSERT_EQ(feature.size(), exact.size());
  const double cosine = Dot(feature, exact) / std::sqrt(Dot(feature, feature) * Dot(exact, exact));
  EXPECT_GT(cosine, 0.999);
}

}  // namespace
}  // namespace hashlens
