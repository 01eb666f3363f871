// Layers beside plain loops, and what is said of those that cannot be taken.
#include <cmath>
#include <functional>

#include "model/caffe/test_run.h"

namespace hashlens {
namespace {

constexpr int kSize = 11;

// channels x height x width.
struct Blob {
  int channels = 0, height = 0, width = 0;
  std::vector<float> values;
  float at(int c, int y, int x) const {
    return values[static_cast<size_t>((c * height + y) * width + x)];
  }
};

Blob PictureBlob(const std::vector<uint8_t>& rgb, int size) {
  return {3, size, size, BgrPlanes(rgb)};
}

// The feature `last` of a network of these layers, for a picture of noise; the picture in *picture.
std::vector<float> FeatureOf(const std::vector<TestLayer>& layers, Blob* picture,
                             const std::string& mean = "") {
  TestNet net;
  net.size = kSize;
  net.layers = layers;
  CaffeFiles files(net);
  files.source.feature = layers.back().name;
  files.source.mean = mean;
  const auto network = files.Import();
  EXPECT_TRUE(network.ok()) << network.status().message();
  if (!network.ok()) return {};
  const auto pixels = NoisePixels(kSize, 5);
  *picture = PictureBlob(pixels, kSize);
  const auto features = files.Features(*network, {pixels});
  return features.empty() ? std::vector<float>() : features[0];
}

void ExpectNear(const std::vector<float>& actual, const std::vector<float>& expected,
                const std::string& what) {
  ASSERT_EQ(actual.size(), expected.size()) << what;
  for (size_t i = 0; i < actual.size(); ++i) {
    ASSERT_NEAR(actual[i], expected[i], 1e-4 * std::max(1.0f, std::abs(expected[i])))
        << what << ", value " << i;
  }
}

void ExpectEach(const std::vector<TestLayer>& layers, const std::function<float(float)>& function) {
  Blob picture;
  const auto actual = FeatureOf(layers, &picture, "128");
  for (float& value : picture.values) value = function(value - 128);
  ExpectNear(actual, picture.values, layers.back().type);
}

// Caffe's pooling layer: rounded up; with padding, no window that starts beyond the picture; means
// are over the pixels of the window that lie in the picture or its padding.
std::vector<float> Pooled(const Blob& in, bool max, int kernel_h, int kernel_w, int stride_h,
                          int stride_w, int pad_h, int pad_w) {
  const auto places = [&](int size, int kernel, int stride, int pad) {
    int count = (size + 2 * pad - kernel + stride - 1) / stride + 1;
    if ((pad_h || pad_w) && (count - 1) * stride >= size + pad) --count;
    return count;
  };
  std::vector<float> out;
  for (int c = 0; c < in.channels; ++c) {
    for (int i = 0; i < places(in.height, kernel_h, stride_h, pad_h); ++i) {
      for (int j = 0; j < places(in.width, kernel_w, stride_w, pad_w); ++j) {
        const int y0 = i * stride_h - pad_h, x0 = j * stride_w - pad_w;
        const int y1 = std::min(y0 + kernel_h, in.height + pad_h);
        const int x1 = std::min(x0 + kernel_w, in.width + pad_w);
        float best = -1e30f, sum = 0;
        for (int y = std::max(y0, 0); y < std::min(y1, in.height); ++y) {
          for (int x = std::max(x0, 0); x < std::min(x1, in.width); ++x) {
            best = std::max(best, in.at(c, y, x));
            sum += in.at(c, y, x);
          }
        }
        out.push_back(max ? best : sum / static_cast<float>((y1 - y0) * (x1 - x0)));
      }
    }
  }
  return out;
}

TEST(CaffePooling, RoundsClipsAndDividesAsCaffe) {
  std::mt19937 random(3);
  const auto below = [&](int limit) {
    return static_cast<int>(random() % static_cast<uint32_t>(limit));
  };
  int clipped = 0;
  for (int round = 0; round < 60; ++round) {
    const int kh = 1 + below(6), kw = 1 + below(6);
    // A stride over the kernel may leave the picture, which is refused.
    const int sh = 1 + below(kh), sw = 1 + below(kw);
    const int ph = below(kh), pw = below(kw);
    const bool max = round % 2 == 0;
    const std::string what = std::string(max ? "MAX" : "AVE") + " kernel_h: " + std::to_string(kh) +
                             " kernel_w: " + std::to_string(kw) +
                             " stride_h: " + std::to_string(sh) +
                             " stride_w: " + std::to_string(sw) + " pad_h: " + std::to_string(ph) +
                             " pad_w: " + std::to_string(pw);
    Blob picture;
    const auto actual = FeatureOf(
        {Plain("pool", "Pooling", "data", "pooling_param { pool: " + what + " }")}, &picture);
    ExpectNear(actual, Pooled(picture, max, kh, kw, sh, sw, ph, pw), what);
    clipped += (kSize + 2 * ph - kh) % sh != 0;
  }
  EXPECT_GT(clipped, 5);
}

TEST(CaffePooling, GlobalAndRoundedDown) {
  Blob picture;
  const auto mean =
      FeatureOf({Plain("p", "Pooling", "data", "pooling_param { pool: AVE global_pooling: true }")},
                &picture);
  ExpectNear(mean, Pooled(picture, false, kSize, kSize, 1, 1, 0, 0), "global");
  const auto floor =
      FeatureOf({Plain("p", "Pooling", "data",
                       "pooling_param { kernel_size: 4 stride: 2 round_mode: FLOOR }")},
                &picture);
  EXPECT_EQ(floor.size(), 3u * 4 * 4);
}

TEST(CaffeLrn, WithinAChannelPaddingCounts) {
  Blob picture;
  const auto actual = FeatureOf(
      {Plain("n", "LRN", "data",
             "lrn_param { norm_region: WITHIN_CHANNEL local_size: 3 alpha: 0.01 beta: 0.6 k: 9 }")},
      &picture);
  std::vector<float> expected;
  for (int c = 0; c < 3; ++c) {
    for (int y = 0; y < kSize; ++y) {
      for (int x = 0; x < kSize; ++x) {
        float sum = 0;
        for (int v = std::max(0, y - 1); v <= std::min(kSize - 1, y + 1); ++v) {
          for (int u = std::max(0, x - 1); u <= std::min(kSize - 1, x + 1); ++u)
            sum += picture.at(c, v, u) * picture.at(c, v, u);
        }
        expected.push_back(picture.at(c, y, x) / std::pow(1 + 0.01f * sum / 9, 0.6f));
      }
    }
  }
  ExpectNear(actual, expected, "within");
}

TEST(CaffeLrn, AcrossChannelsHasItsOwnConstant) {
  Blob picture;
  const auto actual = FeatureOf(
      {Plain("n", "LRN", "data", "lrn_param { local_size: 3 alpha: 0.02 beta: 0.75 k: 2 }")},
      &picture);
  std::vector<float> expected;
  for (int c = 0; c < 3; ++c) {
    for (int i = 0; i < kSize * kSize; ++i) {
      float sum = 0;
      for (int o = std::max(0, c - 1); o <= std::min(2, c + 1); ++o)
        sum += std::pow(picture.values[static_cast<size_t>(o * kSize * kSize + i)], 2.0f);
      expected.push_back(picture.values[static_cast<size_t>(c * kSize * kSize + i)] /
                         std::pow(2 + 0.02f * sum / 3, 0.75f));
    }
  }
  ExpectNear(actual, expected, "across");
}

TEST(CaffeLayers, ActivationsAreTheirFormulas) {
  ExpectEach({Plain("a", "ReLU", "data")}, [](float x) { return std::max(x, 0.0f); });
  ExpectEach({Plain("a", "ReLU", "data", "relu_param { negative_slope: 0.1 }")},
             [](float x) { return x > 0 ? x : 0.1f * x; });
  const TestLayer small = {"s", "Scale", "data", "s", "", {{3}}, 0.02f, 0.02f};
  ExpectEach({small, Plain("a", "Sigmoid", "s")},
             [](float x) { return 1 / (1 + std::exp(-0.02f * x)); });
  ExpectEach({small, Plain("a", "TanH", "s")}, [](float x) { return std::tanh(0.02f * x); });
  const TestLayer slopes = {"a", "PReLU", "data", "a", "", {{3}}, 0.25f, 0.25f};
  ExpectEach({slopes}, [](float x) { return x > 0 ? x : 0.25f * x; });
  const TestLayer norm = {
      "a", "BatchNorm", "data", "a", "batch_norm_param { eps: 1 }", {{3}, {3}, {1}}, 4,
      4};  // sums of 4 over a weight of 4
  ExpectEach({norm}, [](float x) { return (x - 1) / std::sqrt(2.0f); });
}

TEST(CaffeLayers, SeveralBottoms) {
  const TestLayer half = {"half", "Scale", "data", "half", "", {{3}}, 0.5f, 0.5f};
  const auto with = [&](const std::string& fields) {
    return std::vector<TestLayer>{
        half, Plain("e", "Eltwise", "data half", "eltwise_param { " + fields + " }")};
  };
  ExpectEach(with(""), [](float x) { return 1.5f * x; });
  ExpectEach(with("coeff: 2 coeff: -1"), [](float x) { return 1.5f * x; });
  ExpectEach(with("operation: PROD"), [](float x) { return 0.5f * x * x; });
  ExpectEach(with("operation: MAX"), [](float x) { return std::max(x, 0.5f * x); });
}

// A factor for each channel of each picture, as networks that weigh channels make it.
TEST(CaffeLayers, AScaleOfAnotherBlob) {
  Blob picture;
  const auto actual =
      FeatureOf({Plain("p", "Pooling", "data", "pooling_param { pool: AVE global_pooling: true }"),
                 Plain("f", "Reshape", "p", "reshape_param { shape { dim: 0 dim: -1 } }"),
                 Plain("s", "Scale", "data f", "scale_param { axis: 0 }")},
                &picture);
  std::vector<float> expected = picture.values;
  const auto means = Pooled(picture, false, kSize, kSize, 1, 1, 0, 0);
  for (size_t i = 0; i < expected.size(); ++i) expected[i] *= means[i / (kSize * kSize)];
  ExpectNear(actual, expected, "scale");
}

// What importing a network of these layers says.
Status Refusal(const std::vector<TestLayer>& layers, const TestNet& weights = {}) {
  TestNet net;
  net.size = kSize;
  net.layers = layers;
  CaffeFiles files(net);
  files.source.feature = layers.back().name;
  if (!weights.layers.empty())
    WriteWhole(files.source.weights, CaffeModelOf(weights, CaffeForm::kNew));
  return files.Import().status();
}

void ExpectRefusal(const std::vector<TestLayer>& layers, StatusCode code, const std::string& part) {
  const Status status = Refusal(layers);
  EXPECT_EQ(status.code(), code) << status.message();
  EXPECT_NE(status.message().find(part), std::string::npos) << status.message();
}

TEST(CaffeLayers, WhatIsNotTakenIsNamedWithItsTypeAndLine) {
  const TestLayer flat = Inner("fc", "data", 3 * kSize * kSize, 4);
  ExpectRefusal({flat, Plain("up", "Deconvolution", "fc")}, StatusCode::kUnsupported,
                "net.prototxt:16: layer \"up\" (Deconvolution): layers of this type are not taken");
  const auto pool = [](const std::string& fields) {
    return Plain("p", "Pooling", "data", "pooling_param { " + fields + " }");
  };
  ExpectRefusal({pool("pool: STOCHASTIC kernel_size: 2")}, StatusCode::kUnsupported, "stochastic");
  ExpectRefusal({pool("kernel_size: 1 stride: 4")}, StatusCode::kUnsupported, "outside");
  ExpectRefusal({pool("kernel_size: 2 pad: 2")}, StatusCode::kCorruption, "pad");
  ExpectRefusal({pool("stride: 2")}, StatusCode::kCorruption, "1 or more");
  ExpectRefusal({pool("kernel_size: 12")}, StatusCode::kCorruption, "11 x 11 pixels");
  ExpectRefusal({pool("kernel_size: 4000000000 stride: 0")}, StatusCode::kCorruption, "1 or more");
  ExpectRefusal({pool("global_pooling: true kernel_size: 3")}, StatusCode::kCorruption, "global");
  ExpectRefusal({flat, Plain("p", "Pooling", "fc", "pooling_param { kernel_size: 1 }")},
                StatusCode::kCorruption, "1 x 4");
  ExpectRefusal({Plain("e", "Eltwise", "data")}, StatusCode::kCorruption, "2 bottoms");
  ExpectRefusal({flat, Plain("e", "Eltwise", "data fc")}, StatusCode::kCorruption,
                "1 x 3 x 11 x 11 and 1 x 4");
  ExpectRefusal({flat, Plain("c", "Concat", "data fc")}, StatusCode::kCorruption, "1 x 4");
  ExpectRefusal({Plain("c", "Concat", "data data", "concat_param { axis: 0 }")},
                StatusCode::kUnsupported, "axis 0");
  ExpectRefusal({Plain("c", "Concat", "data data", "concat_param { axis: 4 }")},
                StatusCode::kCorruption, "axis 4");
  ExpectRefusal({Plain("f", "Flatten", "data", "flatten_param { axis: 2 end_axis: 1 }")},
                StatusCode::kCorruption, "end_axis");
  ExpectRefusal({Plain("r", "Reshape", "data", "reshape_param { shape { dim: 0 dim: 7 } }")},
                StatusCode::kCorruption, "1 x 3 x 11 x 11 to 1 x 7");
  ExpectRefusal({Plain("r", "Reshape", "data", "reshape_param { shape { dim: 3 dim: -1 } }")},
                StatusCode::kUnsupported, "first dimension");
  ExpectRefusal({Over("d", "Dropout", "data", "dropout_param { scale_train: false }")},
                StatusCode::kUnsupported, "scale_train");
  ExpectRefusal({Plain("n", "LRN", "data", "lrn_param { local_size: 4 }")}, StatusCode::kCorruption,
                "odd");
}

TEST(CaffeLayers, WeightsOfAnotherNetworkAreNoticed) {
  const TestLayer right = Conv("c", "data", 3, 4, 3);
  const auto expect = [&](const TestLayer& layer, const TestLayer& weights,
                          const std::string& part) {
    TestNet other;
    other.layers = {weights};
    const Status status = Refusal({layer}, other);
    EXPECT_EQ(status.code(), StatusCode::kCorruption);
    EXPECT_NE(status.message().find(part), std::string::npos) << status.message();
  };
  expect(right, Conv("c", "data", 3, 4, 5),
         "4 x 3 x 5 x 5, but the prototxt asks for 4 x 3 x 3 x 3");
  expect(right, Conv("other", "data", 3, 4, 3), "0 blobs");
  TestLayer without_bias = right;
  without_bias.shapes.pop_back();
  expect(right, without_bias, "1 blobs");
  expect(Conv("c", "data", 3, 4, 3, "group: 2"), right, "2 groups");
  const TestLayer norm = {"b", "BatchNorm", "data", "b", "", {{3}, {3}, {1}}, 1, 1};
  TestLayer negative = norm;
  negative.low = negative.high = -1;
  expect(norm, {"b", "BatchNorm", "data", "b", "", {{3}, {3}, {2}}, 1, 1}, "weight");
  EXPECT_TRUE(Refusal({norm}).ok());
}

TEST(CaffeLayers, ANetworkThatNeedsAbsurdMemoryIsRefused) {
  std::vector<TestLayer> layers = {Plain("c0", "Concat", "data data")};
  for (int i = 1; i < 40; ++i) {
    const std::string before = "c" + std::to_string(i - 1);
    layers.push_back(Plain("c" + std::to_string(i), "Concat", before + " " + before));
  }
  ExpectRefusal(layers, StatusCode::kUnsupported, "memory");
}

}  // namespace
}  // namespace hashlens
