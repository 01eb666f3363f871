#include "model/encoder.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cstring>
#include <fstream>
#include <random>
#include <string>
#include <thread>
#include <vector>

#include "base/bytes.h"
#include "base/file.h"
#include "base/temp_folder.h"
#include "model/test_package.h"

namespace hashlens {
namespace {

using Feature = std::vector<float>;
using Picture = std::vector<uint8_t>;

Picture RandomPicture(uint32_t seed) {
  std::mt19937 random(seed);
  Picture rgb(kTestInputSize * kTestInputSize * 3);
  for (uint8_t& value : rgb) value = static_cast<uint8_t>(random());
  return rgb;
}

// 3x3 convolution, stride 2, padding 1, then max(0, x); channels first.
Feature ConvRelu(const Feature& in, int inputs, int side, const float* kernel, int outputs) {
  const int half = side / 2;
  Feature out(static_cast<size_t>(outputs * half * half));
  for (int o = 0; o < outputs; ++o) {
    for (int y = 0; y < half; ++y) {
      for (int x = 0; x < half; ++x) {
        float sum = 0;
        for (int i = 0; i < inputs; ++i) {
          for (int ky = 0; ky < 3; ++ky) {
            for (int kx = 0; kx < 3; ++kx) {
              const int row = 2 * y + ky - 1, column = 2 * x + kx - 1;
              if (row < 0 || column < 0 || row >= side || column >= side) continue;
              sum += in[(i * side + row) * side + column] *
                     kernel[((o * inputs + i) * 3 + ky) * 3 + kx];
            }
          }
        }
        out[(o * half + y) * half + x] = std::max(sum, 0.0f);
      }
    }
  }
  return out;
}

// What tools/make_test_model.py describes, with the weights that it wrote: kernels of 8x3x3x3 and
// 32x8x3x3 floats stand first in network.bin.
Feature Oracle(const Picture& rgb, const NetworkInput& input) {
  constexpr int kFirst = 8 * 3 * 9, kSecond = 32 * 8 * 9;
  const auto bytes = ReadFile(TestNetwork().replace_extension(".bin"), 1 << 20);
  EXPECT_TRUE(bytes.ok());
  EXPECT_GE(bytes->size(), (kFirst + kSecond) * sizeof(float));
  Feature weights(kFirst + kSecond);
  for (size_t i = 0; i < weights.size(); ++i) {
    weights[i] = LoadLittleEndian<float>(bytes->data() + i * sizeof(float));
  }
  const size_t pixels = kTestInputSize * kTestInputSize;
  Feature image(3 * pixels);
  for (size_t c = 0; c < 3; ++c) {
    for (size_t p = 0; p < pixels; ++p) {
      image[c * pixels + p] = (static_cast<float>(rgb[3 * p + c]) - input.mean[c]) / input.scale[c];
    }
  }
  image = ConvRelu(image, 3, kTestInputSize, weights.data(), 8);
  image = ConvRelu(image, 8, kTestInputSize / 2, weights.data() + kFirst, kTestDim);
  const size_t area = image.size() / kTestDim;
  Feature feature(kTestDim);
  for (size_t i = 0; i < image.size(); ++i)
    feature[i / area] += image[i] / static_cast<float>(area);
  return feature;
}

class EncoderTest : public testing::Test {
 protected:
  ModelPackage Package(const NetworkInput& input = TestInput(), int dim = kTestDim) {
    auto package = WriteModelPackage(temp_.path() / "package", "tiny", dim, input, network_, {});
    EXPECT_TRUE(package.ok()) << package.status().message();
    return *package;
  }
  static std::unique_ptr<Encoder> Load(const ModelPackage& package, const EncoderOptions& options) {
    auto encoder = LoadEncoder(package, options);
    EXPECT_TRUE(encoder.ok()) << encoder.status().message();
    return encoder.ok() ? std::move(*encoder) : nullptr;
  }
  static Feature Encode(Encoder& encoder, const Picture& rgb) {
    Feature feature(static_cast<size_t>(encoder.dim()));
    const Status status = encoder.Encode(rgb, feature);
    EXPECT_TRUE(status.ok()) << status.message();
    return feature;
  }

  const TempFolder temp_;
  std::filesystem::path network_ = TestNetwork();
};

TEST_F(EncoderTest, GivesWhatTheNetworkAndItsInputDescribe) {
  NetworkInput input = TestInput();
  input.mean = {123.675f, 116.28f, 103.53f};
  input.scale = {58.395f, 57.12f, 57.375f};
  const auto encoder = Load(Package(input), {.precision = Precision::kFp32});
  ASSERT_NE(encoder, nullptr);
  EXPECT_EQ(encoder->dim(), kTestDim);
  EXPECT_EQ(encoder->input_size(), kTestInputSize);
  for (uint32_t seed = 0; seed < 5; ++seed) {
    const Picture rgb = RandomPicture(seed);
    const Feature expected = Oracle(rgb, input), feature = Encode(*encoder, rgb);
    for (size_t i = 0; i < expected.size(); ++i) EXPECT_NEAR(feature[i], expected[i], 1e-4) << i;
  }
}

TEST_F(EncoderTest, GivesTheSameAloneAndUnderManyThreads) {
  const ModelPackage package = Package();
  for (const int parallel : {1, 2, 3}) {
    const auto encoder = Load(package, {.parallel = parallel, .threads = 2});
    ASSERT_NE(encoder, nullptr);
    constexpr size_t kPictures = 8, kRounds = 50;
    std::vector<Picture> pictures;
    std::vector<Feature> alone;
    for (uint32_t i = 0; i < kPictures; ++i) {
      pictures.push_back(RandomPicture(i));
      alone.push_back(Encode(*encoder, pictures.back()));
    }
    EXPECT_NE(alone[0], alone[1]);
    std::vector<std::thread> threads;
    std::vector<size_t> differing(8);
    for (size_t t = 0; t < differing.size(); ++t) {
      threads.emplace_back([&, t] {
        for (size_t round = 0; round < kRounds; ++round) {
          const size_t i = (t + round) % kPictures;
          differing[t] += Encode(*encoder, pictures[i]) != alone[i];
        }
      });
    }
    for (std::thread& thread : threads) thread.join();
    EXPECT_EQ(differing, std::vector<size_t>(differing.size())) << parallel << " in parallel";
  }
}

TEST_F(EncoderTest, EveryPrecisionAndTheAutomaticDeviceWork) {
  const ModelPackage package = Package();
  const Picture rgb = RandomPicture(1);
  const Feature expected = Oracle(rgb, package.input);
  for (const Precision precision : {Precision::kAuto, Precision::kFp32, Precision::kBf16}) {
    const auto encoder = Load(package, {.precision = precision});
    ASSERT_NE(encoder, nullptr);
    const Feature feature = Encode(*encoder, rgb);
    for (size_t i = 0; i < expected.size(); ++i) EXPECT_NEAR(feature[i], expected[i], 0.02) << i;
  }
  EXPECT_NE(Load(package, {.device = "AUTO"}), nullptr);
}

TEST_F(EncoderTest, AnUnknownDeviceIsNamedBesideThoseThatAreThere) {
  for (const char* device : {"TPU", "", "CPU.7", "cpu"}) {
    const Status status = LoadEncoder(Package(), {.device = device}).status();
    EXPECT_EQ(status.code(), StatusCode::kInvalidArgument) << device;
    EXPECT_NE(status.message().find("CPU"), std::string::npos) << status.message();
    std::filesystem::remove_all(temp_.path() / "package");
  }
}

TEST_F(EncoderTest, ImpossibleOptionsAndSizesAreRefused) {
  const ModelPackage package = Package();
  for (const EncoderOptions& options :
       {EncoderOptions{.parallel = 0}, EncoderOptions{.parallel = 1000},
        EncoderOptions{.threads = -1}, EncoderOptions{.threads = 5000}}) {
    EXPECT_EQ(LoadEncoder(package, options).status().code(), StatusCode::kInvalidArgument);
  }
  const auto encoder = Load(package, {});
  ASSERT_NE(encoder, nullptr);
  const Picture rgb = RandomPicture(1);
  Feature feature(kTestDim + 1);
  EXPECT_EQ(encoder->Encode(rgb, feature).code(), StatusCode::kInvalidArgument);
  feature.pop_back();
  EXPECT_EQ(encoder->Encode(std::span(rgb).first(10), feature).code(),
            StatusCode::kInvalidArgument);
}

TEST_F(EncoderTest, AChangedOrMissingNetworkIsRefused) {
  const ModelPackage package = Package();
  for (const char* name : {"network.xml", "network.bin"}) {
    const auto file = package.folder / name;
    const auto size = std::filesystem::file_size(file);
    for (const uint64_t at : {uint64_t{0}, size / 2, size - 1}) {
      std::fstream stream(file, std::ios::binary | std::ios::in | std::ios::out);
      stream.seekg(static_cast<std::streamoff>(at));
      const char good = static_cast<char>(stream.get());
      stream.seekp(static_cast<std::streamoff>(at)).put(static_cast<char>(good ^ 4)).flush();
      EXPECT_EQ(LoadEncoder(package, {}).status().code(), StatusCode::kCorruption) << name << at;
      stream.seekp(static_cast<std::streamoff>(at)).put(good).flush();
    }
    EXPECT_NE(Load(package, {}), nullptr);
    std::filesystem::rename(file, temp_.path() / "aside");
    EXPECT_EQ(LoadEncoder(package, {}).status().code(), StatusCode::kCorruption) << name;
    std::filesystem::rename(temp_.path() / "aside", file);
  }
}

TEST_F(EncoderTest, ANetworkOfAnotherShapeThanDescribedIsRefused) {
  NetworkInput large = TestInput();
  large.size = 48;  // the test network takes 32
  EXPECT_EQ(LoadEncoder(Package(large), {}).status().code(), StatusCode::kInvalidArgument);
  std::filesystem::remove_all(temp_.path() / "package");
  const Status status = LoadEncoder(Package(TestInput(), kTestDim + 1), {}).status();
  EXPECT_EQ(status.code(), StatusCode::kInvalidArgument);
  EXPECT_NE(status.message().find("32"), std::string::npos) << status.message();
}

TEST_F(EncoderTest, WhatOpenVinoThrowsArrivesAsOneLine) {
  network_ = temp_.path() / "network.xml";
  for (const char* text : {"", "<net", "not xml\nat all\x01", "<?xml version=\"1.0\"?><net/>"}) {
    std::ofstream(network_) << text;
    std::ofstream(temp_.path() / "network.bin") << "";
    const Status status = LoadEncoder(Package(), {}).status();
    EXPECT_EQ(status.code(), StatusCode::kUnsupported) << text;
    EXPECT_FALSE(status.message().empty());
    EXPECT_EQ(status.message().find('\n'), std::string::npos) << status.message();
    std::filesystem::remove_all(temp_.path() / "package");
  }
}

}  // namespace
}  // namespace hashlens
