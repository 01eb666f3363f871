// EfficientNet-Lite built from loose weights against a plain computation, and against the network
// that the setup made with another library.
#include "model/lite_network.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <random>

#include "base/temp_folder.h"
#include "base/test_paths.h"
#include "model/encoder.h"
#include "model/test_weights.h"

namespace hashlens {
namespace {

constexpr int kSide = 21;  // odd, so that SAME padding differs from layer to layer

struct Maps {
  int channels, side;
  std::vector<double> values;  // [channel][row][column]
  double At(int c, int y, int x) const {
    if (y < 0 || x < 0 || y >= side || x >= side) return 0;
    return values[static_cast<size_t>((c * side + y) * side + x)];
  }
};

Maps PlainConv(const LiteConv& conv, const NamedTensors& weights, const Maps& in) {
  const auto& kernel = weights.at(conv.conv + ".weight").values;
  const auto value = [&](const char* part, int c) {
    return double{weights.at(conv.norm + part).values[static_cast<size_t>(c)]};
  };
  const int side = (in.side + conv.stride - 1) / conv.stride;
  const int before = std::max((side - 1) * conv.stride + conv.kernel - in.side, 0) / 2;
  Maps out{conv.out, side, {}};
  for (int o = 0; o < conv.out; ++o) {
    for (int y = 0; y < side; ++y) {
      for (int x = 0; x < side; ++x) {
        double sum = 0;
        const int channels = conv.depthwise ? 1 : conv.in;
        for (int i = 0; i < channels; ++i) {
          for (int v = 0; v < conv.kernel; ++v) {
            for (int u = 0; u < conv.kernel; ++u) {
              const auto at = ((o * channels + i) * conv.kernel + v) * conv.kernel + u;
              sum += kernel[static_cast<size_t>(at)] * in.At(conv.depthwise ? o : i,
                                                             y * conv.stride - before + v,
                                                             x * conv.stride - before + u);
            }
          }
        }
        sum = (sum - value(".running_mean", o)) /
                  std::sqrt(value(".running_var", o) + kLiteNormEpsilon) * value(".weight", o) +
              value(".bias", o);
        out.values.push_back(conv.relu6 ? std::clamp(sum, 0.0, 6.0) : sum);
      }
    }
  }
  return out;
}

std::vector<double> PlainFeature(const LiteNetwork& network, const NamedTensors& weights,
                                 Maps maps) {
  for (const LiteBlock& block : network.blocks) {
    const Maps start = maps;
    for (const LiteConv& conv : block.convs) maps = PlainConv(conv, weights, maps);
    for (size_t i = 0; block.residual && i < maps.values.size(); ++i)
      maps.values[i] += start.values[i];
  }
  std::vector<double> feature;
  const auto places = static_cast<size_t>(maps.side * maps.side);
  for (size_t c = 0; c < static_cast<size_t>(maps.channels); ++c) {
    double sum = 0;
    for (size_t i = 0; i < places; ++i) sum += maps.values[c * places + i];
    feature.push_back(sum / static_cast<double>(places));
  }
  return feature;
}

std::vector<uint8_t> RandomPicture(int side) {
  std::mt19937 random(2);
  std::vector<uint8_t> rgb(static_cast<size_t>(side * side) * 3);
  for (uint8_t& value : rgb) value = static_cast<uint8_t>(random());
  return rgb;
}

Maps InputOf(const std::vector<uint8_t>& rgb, int side, bool mirrored) {
  Maps maps{3, side, {}};
  for (int c = 0; c < 3; ++c) {
    for (int y = 0; y < side; ++y) {
      for (int x = 0; x < side; ++x) {
        const int from = mirrored ? side - 1 - x : x;
        maps.values.push_back((rgb[static_cast<size_t>((y * side + from) * 3 + c)] - 127.0) / 128);
      }
    }
  }
  return maps;
}

std::vector<float> FeatureOf(const LiteNetwork& network, const NamedTensors& weights,
                             const LiteExport& options, const std::vector<uint8_t>& rgb) {
  const TempFolder temp;
  std::vector<float> feature(static_cast<size_t>(network.feature_dim));
  const Path xml = temp.path() / "network.xml";
  const Status saved = SaveLiteNetwork(network, weights, options, xml);
  EXPECT_TRUE(saved.ok()) << saved.message();
  NetworkInput input;
  input.size = options.input_size;
  const auto package =
      WriteModelPackage(temp.path() / "package", "lite", network.feature_dim, input, xml, {});
  EXPECT_TRUE(package.ok()) << package.status().message();
  auto encoder = LoadEncoder(*package, {.precision = Precision::kFp32});
  EXPECT_TRUE(encoder.ok()) << encoder.status().message();
  const Status status = (*encoder)->Encode(rgb, feature);
  EXPECT_TRUE(status.ok()) << status.message();
  return feature;
}

TEST(LiteNetwork, EqualsThePlainComputation) {
  const LiteNetwork network = LiteTiny();
  const NamedTensors weights = RandomWeights(network);
  const std::vector<uint8_t> rgb = RandomPicture(kSide);
  const auto expected = PlainFeature(network, weights, InputOf(rgb, kSide, false));
  const auto mirrored = PlainFeature(network, weights, InputOf(rgb, kSide, true));
  const auto feature = FeatureOf(network, weights, {kSide, false}, rgb);
  const auto both = FeatureOf(network, weights, {kSide, true}, rgb);
  double spread = 0;
  for (size_t i = 0; i < expected.size(); ++i) {
    EXPECT_NEAR(feature[i], expected[i], 1e-3) << i;
    EXPECT_NEAR(both[i], (expected[i] + mirrored[i]) / 2, 1e-3) << i;
    spread = std::max(spread, std::abs(expected[i] - mirrored[i]));
  }
  EXPECT_GT(spread, 1e-2);  // else the mirror image shows nothing
}

TEST(LiteNetwork, Lite0IsTheNetworkThatTheSetupMade) {
  const Path parts = DepsDir() / "models/efficientnet-lite0-parts";
  const auto weights = ReadTensorFile(parts / "weights.safetensors");
  ASSERT_TRUE(weights.ok()) << weights.status().message() << "; run tools/setup.sh";
  const std::vector<uint8_t> rgb = RandomPicture(224);
  const auto ours = FeatureOf(Lite0(), *weights, {}, rgb);
  const TempFolder temp;
  const auto package = WriteModelPackage(temp.path() / "package", "lite0", 1280, NetworkInput(),
                                         parts / "network.xml", {});
  ASSERT_TRUE(package.ok()) << package.status().message();
  auto encoder = LoadEncoder(*package, {.precision = Precision::kFp32});
  ASSERT_TRUE(encoder.ok());
  std::vector<float> feature(1280);
  ASSERT_TRUE((*encoder)->Encode(rgb, feature).ok());
  for (size_t i = 0; i < feature.size(); ++i) EXPECT_NEAR(ours[i], feature[i], 1e-4) << i;
}

TEST(LiteNetwork, MissingAndMisshapenTensorsAreNamed) {
  const LiteNetwork network = LiteTiny();
  NamedTensors weights = RandomWeights(network);
  weights["_bn0.bias"].shape = {1, 8};
  EXPECT_NE(CheckLiteWeights(network, weights).message().find("_bn0.bias"), std::string::npos);
  weights.erase("_bn0.bias");
  EXPECT_EQ(CheckLiteWeights(network, weights).code(), StatusCode::kCorruption);
  const TempFolder temp;
  EXPECT_FALSE(SaveLiteNetwork(network, weights, {}, temp.path() / "n.xml").ok());
  EXPECT_TRUE(std::filesystem::is_empty(temp.path()));
}

}  // namespace
}  // namespace hashlens
