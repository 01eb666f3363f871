// Running an imported Caffe network on a picture, for tests.
#ifndef HASHLENS_MODEL_CAFFE_TEST_RUN_H_
#define HASHLENS_MODEL_CAFFE_TEST_RUN_H_

#include <gtest/gtest.h>

#include <random>
#include <string>
#include <vector>

#include "base/temp_folder.h"
#include "base/test_files.h"
#include "model/caffe/import.h"
#include "model/caffe/test_nets.h"
#include "model/encoder.h"

namespace hashlens {

// RGB pixels of chance.
inline std::vector<uint8_t> NoisePixels(int size, uint32_t seed) {
  std::mt19937 random(seed);
  std::vector<uint8_t> pixels(static_cast<size_t>(size) * static_cast<size_t>(size) * 3);
  for (uint8_t& value : pixels) value = static_cast<uint8_t>(random());
  return pixels;
}

// The pixels as Caffe holds them: channel by channel, BGR.
inline std::vector<float> BgrPlanes(const std::vector<uint8_t>& rgb) {
  const size_t pixels = rgb.size() / 3;
  std::vector<float> planes(rgb.size());
  for (size_t i = 0; i < rgb.size(); ++i) planes[(2 - i % 3) * pixels + i / 3] = rgb[i];
  return planes;
}

// A network written as files in a folder of its own.
class CaffeFiles {
 public:
  explicit CaffeFiles(const TestNet& net, CaffeForm form = CaffeForm::kNew) {
    WriteWhole(source.prototxt = path("net.prototxt"), PrototxtOf(net, form));
    WriteWhole(source.weights = path("net.caffemodel"), CaffeModelOf(net, form));
  }
  std::filesystem::path path(const std::string& name) const { return folder_.path() / name; }
  Result<CaffeNetwork> Import() const { return ImportCaffe(source, path("network.xml")); }

  // What the imported network gives for pictures of input_size; each a row.
  std::vector<std::vector<float>> Features(
      const CaffeNetwork& network, const std::vector<std::vector<uint8_t>>& pictures) const {
    NetworkInput input;
    input.size = network.input_size;
    input.mean = {0, 0, 0};
    input.scale = {1, 1, 1};
    std::filesystem::remove_all(path("package"));
    const auto package =
        WriteModelPackage(path("package"), "test", network.dim, input, path("network.xml"), {});
    EXPECT_TRUE(package.ok()) << package.status().message();
    if (!package.ok()) return {};
    EncoderOptions options;
    options.precision = Precision::kFp32;
    const auto encoder = LoadEncoder(*package, options);
    EXPECT_TRUE(encoder.ok()) << encoder.status().message();
    if (!encoder.ok()) return {};
    std::vector<std::vector<float>> features;
    for (const auto& picture : pictures) {
      features.emplace_back(static_cast<size_t>(network.dim));
      const Status status = (*encoder)->Encode(picture, features.back());
      EXPECT_TRUE(status.ok()) << status.message();
    }
    return features;
  }

  CaffeSource source;

 private:
  TempFolder folder_;
};

}  // namespace hashlens

#endif  // HASHLENS_MODEL_CAFFE_TEST_RUN_H_
