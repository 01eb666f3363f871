#include "model/caffe/import.h"

#include <cmath>

#include "model/caffe/test_run.h"

namespace hashlens {
namespace {

double Dot(const std::vector<float>& feature, const CaffeHash& hash, int bit) {
  double sum = 0;
  for (size_t i = 0; i < feature.size(); ++i)
    sum += double{feature[i]} * hash.weights[static_cast<size_t>(bit) * feature.size() + i];
  return sum;
}

std::vector<std::vector<uint8_t>> Pictures(int count, int size) {
  std::vector<std::vector<uint8_t>> pictures;
  for (int i = 0; i < count; ++i) pictures.push_back(NoisePixels(size, static_cast<uint32_t>(i)));
  return pictures;
}

TEST(ImportCaffe, BothFormsGiveTheSameNetwork) {
  std::vector<std::vector<float>> before;
  for (const CaffeForm form : {CaffeForm::kNew, CaffeForm::kOld}) {
    CaffeFiles files(SmallNet(16), form);
    files.source.hash = "code";
    const auto network = files.Import();
    ASSERT_TRUE(network.ok()) << network.status().message();
    EXPECT_EQ(network->dim, 41);
    EXPECT_EQ(network->feature, "fc");
    EXPECT_EQ(network->layers, 9);
    EXPECT_EQ(network->hash.bits, 16);
    EXPECT_TRUE(network->warnings.empty()) << network->warnings[0];
    const auto features = files.Features(*network, Pictures(3, 24));
    if (!before.empty()) {
      EXPECT_EQ(features, before);
    }
    before = features;
  }
}

// The code is that of the latent layer itself, and the constant changes lengths by little.
TEST(ImportCaffe, TheConstantCarriesTheBias) {
  CaffeFiles files(SmallNet(64));
  files.source.hash = "code";
  const auto hashed = files.Import();
  ASSERT_TRUE(hashed.ok()) << hashed.status().message();
  const auto features = files.Features(*hashed, Pictures(20, 24));
  files.source.hash = "";
  files.source.feature = "code";
  const auto latent = files.Import();
  ASSERT_TRUE(latent.ok()) << latent.status().message();
  EXPECT_EQ(latent->dim, 64);
  EXPECT_EQ(latent->hash.bits, 0);
  const auto codes = files.Features(*latent, Pictures(20, 24));
  for (size_t i = 0; i < features.size(); ++i) {
    for (int bit = 0; bit < 64; ++bit)
      EXPECT_NEAR(Dot(features[i], hashed->hash, bit), codes[i][static_cast<size_t>(bit)], 1e-3);
    double squares = 0;
    for (const float value : features[i]) squares += double{value} * value;
    const double constant = features[i].back();
    EXPECT_EQ(constant, features[0].back());
    EXPECT_EQ(std::exp2(std::round(std::log2(constant))), constant);
    EXPECT_LT(constant * constant, 0.02 * squares);
    EXPECT_GT(constant * constant, 0.0005 * squares);
  }
}

TEST(ImportCaffe, WithoutABiasThereIsNoConstant) {
  TestNet net = SmallNet(16);
  net.layers[9].fields = "inner_product_param { num_output: 16 bias_term: false }";
  net.layers[9].shapes.pop_back();
  CaffeFiles files(net);
  files.source.hash = "code_sigmoid";
  const auto network = files.Import();
  ASSERT_TRUE(network.ok()) << network.status().message();
  EXPECT_EQ(network->dim, 40);
  EXPECT_EQ(network->hash.weights.size(), 16u * 40);
}

TEST(ImportCaffe, MeanScaleAndOrderOfChannelsAreInTheNetwork) {
  TestNet net;
  net.size = 8;
  net.layers = {Plain("same", "Split", "data")};
  CaffeFiles files(net);
  files.source.feature = "same";
  files.source.mean = "10,20,30";
  files.source.scale = 0.5f;
  const auto picture = NoisePixels(8, 1);
  const auto value = [&](size_t pixel, size_t channel) {
    const auto network = files.Import();
    EXPECT_TRUE(network.ok()) << network.status().message();
    return files.Features(*network, {picture})[0][channel * 64 + pixel];
  };
  EXPECT_EQ(value(5, 0), (picture[5 * 3 + 2] - 10) * 0.5f);
  EXPECT_EQ(value(5, 2), (picture[5 * 3 + 0] - 30) * 0.5f);
  files.source.rgb = true;
  EXPECT_EQ(value(5, 0), (picture[5 * 3 + 0] - 10) * 0.5f);
}

TEST(ImportCaffe, GreyNetworksSeeLuma) {
  TestNet net;
  net.size = 8;
  net.channels = 1;
  net.layers = {Plain("same", "Split", "data")};
  CaffeFiles files(net);
  files.source.feature = "same";
  const auto network = files.Import();
  ASSERT_TRUE(network.ok()) << network.status().message();
  const auto picture = NoisePixels(8, 1);
  const auto features = files.Features(*network, {picture});
  ASSERT_EQ(features[0].size(), 64u);
  EXPECT_NEAR(features[0][7], 0.299 * picture[21] + 0.587 * picture[22] + 0.114 * picture[23],
              1e-3);
}

TEST(ImportCaffe, AMeanImageIsCutAsPicturesAre) {
  TestNet net;
  net.size = 9;
  net.layers = {Plain("same", "Split", "data")};
  CaffeFiles files(net);
  std::vector<float> mean;
  WriteWhole(files.path("mean.binaryproto"), MeanProto(3, 12, &mean));
  files.source.mean = files.path("mean.binaryproto").string();
  files.source.feature = "same";
  files.source.whole = 12;
  const auto network = files.Import();
  ASSERT_TRUE(network.ok()) << network.status().message();
  EXPECT_EQ(network->whole, 12);
  const auto picture = NoisePixels(9, 1);
  const auto feature = files.Features(*network, {picture})[0];
  for (size_t c = 0; c < 3; ++c) {
    for (size_t y = 0; y < 9; ++y) {
      for (size_t x = 0; x < 9; ++x)
        EXPECT_NEAR(feature[(c * 9 + y) * 9 + x],
                    picture[(y * 9 + x) * 3 + 2 - c] - mean[(c * 12 + y + 1) * 12 + x + 1], 1e-4);
    }
  }
  files.source.whole = 13;
  EXPECT_EQ(files.Import().status().code(), StatusCode::kInvalidArgument);
}

TEST(ImportCaffe, TheUsualSizeOfPictures) {
  EXPECT_EQ(UsualCaffeWhole(227), 256);
  EXPECT_EQ(UsualCaffeWhole(224), 256);
  EXPECT_EQ(UsualCaffeWhole(28), 28);
  EXPECT_EQ(UsualCaffeWhole(299), 299);
}

TEST(ImportCaffe, WhatDoesNotFitIsRefused) {
  CaffeFiles files(SmallNet(16));
  files.source.hash = "code";
  const CaffeSource good = files.source;
  const auto code = [&](const CaffeSource& source) {
    return ImportCaffe(source, files.path("network.xml")).status().code();
  };
  CaffeSource bad = good;
  bad.whole = 20;
  EXPECT_EQ(code(bad), StatusCode::kInvalidArgument);
  bad = good;
  bad.scale = 0;
  EXPECT_EQ(code(bad), StatusCode::kInvalidArgument);
  bad = good;
  bad.weights = files.path("none");
  EXPECT_EQ(code(bad), StatusCode::kNotFound);
  bad = good;
  bad.prototxt = good.weights;
  EXPECT_EQ(code(bad), StatusCode::kCorruption);
  bad = good;
  bad.weights = good.prototxt;
  EXPECT_EQ(code(bad), StatusCode::kCorruption);
  bad = good;
  bad.mean = "1,2";
  EXPECT_EQ(code(bad), StatusCode::kInvalidArgument);
  CaffeFiles short_code(SmallNet(4));
  short_code.source.hash = "code";
  EXPECT_EQ(short_code.Import().status().code(), StatusCode::kUnsupported);
}

TEST(ImportCaffe, NumbersThatOverflowAreNoticed) {
  TestNet net = SmallNet(16);
  for (TestLayer& layer : net.layers) {
    if (!layer.shapes.empty()) layer.low = layer.high = 1e30f;
  }
  CaffeFiles files(net);
  files.source.hash = "code";
  const Status status = files.Import().status();
  EXPECT_EQ(status.code(), StatusCode::kCorruption);
  EXPECT_NE(status.message().find("not finite"), std::string::npos) << status.message();
}

TEST(ImportCaffe, UnknownFieldsOfLayersThatAreTakenAreWarnedOf) {
  TestNet net = SmallNet(16);
  net.layers[0].fields += " spectral_param { norm: 3 }";
  net.layers.back().fields = "unheard_param { x: 1 }";
  CaffeFiles files(net);
  files.source.hash = "code";
  const auto network = files.Import();
  ASSERT_TRUE(network.ok()) << network.status().message();
  ASSERT_EQ(network->warnings.size(), 1u);
  EXPECT_NE(network->warnings[0].find("spectral_param"), std::string::npos);
}

}  // namespace
}  // namespace hashlens
