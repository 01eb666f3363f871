// Imported Caffe networks beside OpenCV's own reader of Caffe's files: the same features, and codes
// that differ at most where the latent layer's output is next to its threshold.
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <opencv2/dnn.hpp>

#include "hash/hash_head.h"
#include "hashlens/caffe.h"
#include "library/feature_maker.h"
#include "model/caffe/test_run.h"

namespace hashlens {
namespace {

using Rows = std::vector<std::vector<float>>;

// What OpenCV makes of a network's files. It names blobs after the layers that made them.
class Judge {
 public:
  Judge(const CaffeSource& source, std::vector<float> mean, float scale)
      : net_(cv::dnn::readNetFromCaffe(source.prototxt.string(), source.weights.string())),
        mean_(std::move(mean)),
        scale_(scale) {
    net_.enableFusion(false);
  }

  // [pictures][numbers] of a layer. Pictures are RGB, size x size.
  Rows Outputs(const std::string& layer, const std::vector<std::vector<uint8_t>>& pictures,
               int size) {
    Rows rows;
    for (const auto& picture : pictures) {
      std::vector<float> planes = BgrPlanes(picture);
      for (size_t i = 0; i < planes.size(); ++i)
        planes[i] = (planes[i] - mean_[i % mean_.size()]) * scale_;
      const int shape[] = {1, 3, size, size};
      net_.setInput(cv::Mat(4, shape, CV_32F, planes.data()).clone());
      const cv::Mat out = net_.forward(layer);
      const auto* values = out.ptr<float>();
      rows.emplace_back(values, values + out.total());
    }
    return rows;
  }

 private:
  cv::dnn::Net net_;
  std::vector<float> mean_;  // one number, or one for each of the input
  float scale_;
};

std::vector<std::vector<uint8_t>> Pictures(int count, int size) {
  std::vector<std::vector<uint8_t>> pictures;
  for (int i = 0; i < count; ++i) {
    pictures.push_back(NoisePixels(size, static_cast<uint32_t>(i)));
    // Half of them smooth, as photos are.
    auto& pixels = pictures.back();
    for (size_t at = 3; i % 2 == 1 && at < pixels.size(); ++at)
      pixels[at] = static_cast<uint8_t>((pixels[at - 3] * 15 + pixels[at]) / 16);
  }
  return pictures;
}

// `actual` may have a constant more.
void ExpectSame(const Rows& actual, const Rows& expected, const std::string& what) {
  ASSERT_EQ(actual.size(), expected.size());
  for (size_t i = 0; i < expected.size(); ++i) {
    ASSERT_GE(actual[i].size(), expected[i].size()) << what;
    ASSERT_LE(actual[i].size(), expected[i].size() + 1) << what;
    float largest = 0, worst = 0;
    for (size_t d = 0; d < expected[i].size(); ++d) {
      largest = std::max(largest, std::abs(expected[i][d]));
      worst = std::max(worst, std::abs(actual[i][d] - expected[i][d]));
    }
    EXPECT_GT(largest, 0) << what;
    EXPECT_LE(worst, 1e-4f * largest) << what << ", picture " << i;
  }
}

// The code as the library makes it: of the feature at unit length in fp16.
std::vector<bool> CodeOf(const HashHead& head, std::vector<float> feature) {
  EXPECT_TRUE(NormaliseAndRound(feature));
  std::vector<uint8_t> bytes(CodeBytes(head.bits));
  ApplyHead(head, feature, bytes);
  std::vector<bool> bits;
  for (size_t i = 0; i < static_cast<size_t>(head.bits); ++i)
    bits.push_back(bytes[i / 8] >> (i % 8) & 1);
  return bits;
}

HashHead HeadOf(const CaffeNetwork& network) {
  return {"caffe",
          network.hash.bits,
          network.dim,
          0,
          std::vector<float>(static_cast<size_t>(network.dim)),
          network.hash.weights,
          std::vector<float>(static_cast<size_t>(network.hash.bits))};
}

// Bits equal sigmoid(latent) >= 0.5, but for those within 0.002 of 0.5: fp16 keeps 11 bits of each
// number of the feature.
void ExpectCodes(const CaffeNetwork& network, const Rows& features, const Rows& activations) {
  const HashHead head = HeadOf(network);
  size_t near = 0, ones = 0, all = 0;
  for (size_t i = 0; i < features.size(); ++i) {
    const auto code = CodeOf(head, features[i]);
    ASSERT_EQ(code.size(), activations[i].size());
    for (size_t bit = 0; bit < code.size(); ++bit) {
      const float activation = activations[i][bit];
      ++all;
      ones += code[bit];
      if (std::abs(activation - 0.5f) < 0.002f) {
        ++near;
        continue;
      }
      EXPECT_EQ(code[bit], activation >= 0.5f)
          << "picture " << i << " bit " << bit << " activation " << activation;
    }
  }
  EXPECT_LT(near, all / 20);
  EXPECT_GT(ones, all / 10);
  EXPECT_LT(ones, all - all / 10);
}

void CompareHash(CaffeFiles* files, Judge* judge, const std::string& hash,
                 const std::string& feature_layer, const std::string& sigmoid, int pictures) {
  files->source.hash = hash;
  const auto network = files->Import();
  ASSERT_TRUE(network.ok()) << network.status().message();
  const auto seen = Pictures(pictures, network->input_size);
  const Rows features = files->Features(*network, seen);
  ExpectSame(features, judge->Outputs(feature_layer, seen, network->input_size), feature_layer);
  ExpectCodes(*network, features, judge->Outputs(sigmoid, seen, network->input_size));
}

TEST(CaffeJudge, ASmallNetworkInBothForms) {
  for (const CaffeForm form : {CaffeForm::kOld, CaffeForm::kNew}) {
    CaffeFiles files(SmallNet(48), form);
    files.source.mean = "104,117,123";
    files.source.scale = 0.017f;
    std::vector<float> mean;
    for (const float value : {104.0f, 117.0f, 123.0f}) mean.insert(mean.end(), 24 * 24, value);
    Judge judge(files.source, mean, 0.017f);
    CompareHash(&files, &judge, "code", "relu3", "code_sigmoid", 20);
  }
}

// One network with each kind of layer, by which each blob is looked at.
TEST(CaffeJudge, EveryLayer) {
  TestNet net;
  net.size = 33;
  const auto with_blobs = [](TestLayer layer, std::vector<std::vector<int64_t>> shapes, float low,
                             float high) {
    layer.shapes = std::move(shapes);
    layer.low = low;
    layer.high = high;
    return layer;
  };
  net.layers = {
      Conv("conv", "data", 3, 8, 3, "stride: 2 pad: 1"),
      with_blobs(Plain("norm", "BatchNorm", "conv", "batch_norm_param { eps: 0.001 }"),
                 {{8}, {8}, {1}}, 0.5f, 2),
      with_blobs(Plain("scale", "Scale", "norm", "scale_param { bias_term: true }"), {{8}, {8}},
                 0.5f, 1.5f),
      with_blobs(Plain("prelu", "PReLU", "scale"), {{8}}, 0.1f, 0.4f),
      Plain("leaky", "ReLU", "prelu", "relu_param { negative_slope: 0.2 }"),
      Plain("lrn", "LRN", "leaky", "lrn_param { local_size: 3 alpha: 0.01 beta: 0.75 }"),
      Plain("within", "LRN", "leaky",
            "lrn_param { norm_region: WITHIN_CHANNEL local_size: 3 alpha: 0.5 beta: 0.75 }"),
      Conv("grouped", "lrn", 8, 8, 3, "pad: 2 dilation: 2", 2),
      with_blobs(
          Plain("tall", "Convolution", "lrn",
                "convolution_param { num_output: 8 kernel_h: 3 kernel_w: 1 pad_h: 1 pad_w: 0 "
                "stride_h: 1 stride_w: 1 bias_term: false }"),
          {{8, 8, 3, 1}}, -0.3f, 0.3f),
      Plain("sum", "Eltwise", "grouped tall", "eltwise_param { coeff: 1.5 coeff: -0.5 }"),
      Plain("product", "Eltwise", "grouped tall", "eltwise_param { operation: PROD }"),
      Plain("most", "Eltwise", "grouped tall", "eltwise_param { operation: MAX }"),
      Plain("joined", "Concat", "sum product most"),
      Plain("pool_max", "Pooling", "joined", "pooling_param { kernel_size: 3 stride: 2 }"),
      Plain("pool_ave", "Pooling", "joined",
            "pooling_param { pool: AVE kernel_size: 3 stride: 2 }"),
      Plain("pool_pad", "Pooling", "pool_ave",
            "pooling_param { pool: AVE kernel_size: 3 stride: 2 pad: 1 }"),
      Plain("pool_all", "Pooling", "pool_pad", "pooling_param { pool: AVE global_pooling: true }"),
      Plain("tanh", "TanH", "pool_max"),
      Plain("sigmoid", "Sigmoid", "tanh"),
      Plain("flat", "Flatten", "sigmoid"),
      Plain("shaped", "Reshape", "flat",
            "reshape_param { shape { dim: 0 dim: 24 dim: 8 dim: -1 } }"),
      Inner("inner", "shaped", 24 * 8 * 8, 40),
      Plain("drop", "Dropout", "inner"),
      Plain("softmax", "Softmax", "drop"),
  };
  CaffeFiles files(net);
  const auto pictures = Pictures(3, net.size);
  Judge judge(files.source, {0}, 0.02f);
  files.source.scale = 0.02f;
  for (const TestLayer& layer : net.layers) {
    files.source.feature = layer.name;
    const auto network = files.Import();
    ASSERT_TRUE(network.ok()) << network.status().message();
    ExpectSame(files.Features(*network, pictures), judge.Outputs(layer.name, pictures, net.size),
               layer.name);
  }
}

// Their layers, sizes and names; weights of chance. 230 MB of them, too much for the sanitizers.
TEST(CaffeJudge, ThePublishedNetworks) {
  CaffeFiles files(PublishedNet(), CaffeForm::kOld);
  std::vector<float> whole;
  WriteWhole(files.path("mean.binaryproto"), MeanProto(3, 256, &whole));
  files.source.mean = files.path("mean.binaryproto").string();
  std::vector<float> mean;
  for (size_t c = 0; c < 3; ++c) {
    for (size_t y = 14; y < 14 + 227; ++y) {
      const auto row = whole.begin() + static_cast<std::ptrdiff_t>((c * 256 + y) * 256 + 14);
      mean.insert(mean.end(), row, row + 227);
    }
  }
  Judge judge(files.source, mean, 1);
  CompareHash(&files, &judge, "fc8_kevin_encode", "relu7", "fc8_kevin_encode_sigmoid", 4);
  // The same weights by a prototxt of today.
  WriteWhole(files.source.prototxt, PrototxtOf(PublishedNet(), CaffeForm::kNew));
  CompareHash(&files, &judge, "fc8_kevin_encode_128_sigmoid", "relu7",
              "fc8_kevin_encode_128_sigmoid", 4);
}

}  // namespace
}  // namespace hashlens
