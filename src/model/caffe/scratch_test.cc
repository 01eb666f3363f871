// Networks of a prototxt alone, with weights as its fillers draw them.
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>

#include "base/temp_folder.h"
#include "base/test_files.h"
#include "model/caffe/import.h"
#include "model/network_plan.h"

namespace hashlens {
namespace {

constexpr char kData[] = R"(
layer { name: "data" type: "Data" top: "data" top: "label" include { phase: TRAIN } }
layer { name: "data" type: "Data" top: "data" top: "label" include { phase: TEST }
  transform_param { TRANSFORM } }
)";
// Behind the data: the filler under test, a latent layer and a classifier.
constexpr char kLayers[] = R"(
layer { name: "conv" type: "Convolution" bottom: "data" top: "conv"
  param { lr_mult: 0 } param { lr_mult: 2 decay_mult: 0 }
  convolution_param { num_output: 64 kernel_size: 5 FILLER bias_filler { type: "constant" value: 0.5 } } }
layer { name: "relu" type: "ReLU" bottom: "conv" top: "conv" }
layer { name: "fc" type: "InnerProduct" bottom: "conv" top: "fc" inner_product_param { num_output: 30 } }
layer { name: "latent" type: "InnerProduct" bottom: "fc" top: "latent" inner_product_param { num_output: 16 } }
layer { name: "units" type: "Sigmoid" bottom: "latent" top: "units" }
layer { name: "classes" type: "InnerProduct" bottom: "UNITS" top: "classes" inner_product_param { num_output: 10 } }
layer { name: "loss" type: "SoftmaxWithLoss" bottom: "classes" bottom: "label" top: "loss" }
)";

std::string Replaced(std::string text, const std::string& word, const std::string& by) {
  const size_t at = text.find(word);
  EXPECT_NE(at, std::string::npos) << word;
  return text.replace(at, word.size(), by);
}

class CaffeScratch : public testing::Test {
 protected:
  std::string Text(const std::string& filler, const std::string& transform = "crop_size: 12",
                   const std::string& units = "units") {
    return Replaced(kData, "TRANSFORM", transform) +
           Replaced(Replaced(kLayers, "FILLER", filler), "UNITS", units);
  }
  Result<CaffeNetwork> Import(const std::string& text, uint64_t seed = 1, int size = 0) {
    CaffeSource source;
    source.prototxt = temp_.path() / "net.prototxt";
    source.seed = seed;
    source.data_size = size;
    WriteWhole(source.prototxt, text);
    return ImportCaffe(source, xml());
  }
  PlanTensor Weight(const std::string& name) {
    const auto plan = ReadNetworkPlan(xml(), "");
    EXPECT_TRUE(plan.ok()) << plan.status().message();
    for (const PlanTensor& tensor : plan.ok() ? plan->tensors : std::vector<PlanTensor>()) {
      if (tensor.name == name) return tensor;
    }
    ADD_FAILURE() << name;
    return {};
  }
  Path xml() const { return temp_.path() / "network.xml"; }

  TempFolder temp_;
};

struct Spread {
  double mean = 0, deviation = 0, most = 0;
};

Spread SpreadOf(const std::vector<float>& values) {
  Spread spread;
  const auto count = static_cast<double>(values.size());
  for (const float value : values) {
    spread.mean += value / count;
    spread.most = std::max(spread.most, std::abs(double{value}));
  }
  for (const float value : values)
    spread.deviation += (value - spread.mean) * (value - spread.mean) / count;
  spread.deviation = std::sqrt(spread.deviation);
  return spread;
}

TEST_F(CaffeScratch, FillersDrawAsCaffeDoes) {
  const double inputs = 3 * 25;
  const struct {
    const char* filler;
    double mean, deviation, most;
  } kCases[] = {
      {"weight_filler { type: 'constant' value: 0.25 }", 0.25, 0, 0.25},
      {"weight_filler { type: 'uniform' min: -1 max: 3 }", 1, 4 / std::sqrt(12), 3},
      {"weight_filler { type: 'gaussian' mean: 0.5 std: 0.01 }", 0.5, 0.01, 0.6},
      {"weight_filler { type: 'xavier' }", 0, std::sqrt(1 / inputs), std::sqrt(3 / inputs)},
      {"weight_filler { type: 'msra' }", 0, std::sqrt(2 / inputs), 1},
      {"", 0, std::sqrt(1 / inputs), std::sqrt(3 / inputs)},
  };
  for (const auto& one : kCases) {
    SCOPED_TRACE(one.filler);
    const auto network = Import(Text(one.filler));
    ASSERT_TRUE(network.ok()) << network.status().message();
    EXPECT_EQ(network->feature, "fc");
    EXPECT_EQ(network->dim, 30);
    EXPECT_EQ(network->input_size, 12);
    const PlanTensor kernel = Weight("conv/0");
    EXPECT_EQ(kernel.rate, 0);
    const Spread spread = SpreadOf(kernel.values);
    EXPECT_NEAR(spread.mean, one.mean, 0.05 * one.deviation + 1e-6);
    EXPECT_NEAR(spread.deviation, one.deviation, 0.04 * one.deviation + 1e-6);
    EXPECT_LE(spread.most, one.most + 1e-6);
    EXPECT_EQ(Weight("conv/1").values, std::vector<float>(64, 0.5F));
    EXPECT_EQ(Weight("conv/1").decay, 0);
  }
}

TEST_F(CaffeScratch, TheSeedDecidesTheWeights) {
  std::vector<std::vector<float>> drawn;
  for (const uint64_t seed : {1u, 1u, 2u}) {
    ASSERT_TRUE(Import(Text(""), seed).ok());
    drawn.push_back(Weight("conv/0").values);
  }
  EXPECT_EQ(drawn[0], drawn[1]);
  EXPECT_NE(drawn[0], drawn[2]);
}

TEST_F(CaffeScratch, PicturesAreAsTheDataLayerHasThem) {
  EXPECT_EQ(Import(Text("", "scale: 0.5")).status().code(), StatusCode::kUnsupported);
  const auto open = Import(Text("", "scale: 0.5"), 1, 20);
  ASSERT_TRUE(open.ok()) << open.status().message();
  EXPECT_EQ(open->input_size, 20);
  const auto grey = Import(Text("", "crop_size: 16 force_gray: true mean_value: 100 scale: 0.5"));
  ASSERT_TRUE(grey.ok()) << grey.status().message();
  EXPECT_EQ(Weight("conv/0").shape, (std::vector<int64_t>{64, 1, 5, 5}));
  const auto plan = ReadNetworkPlan(xml(), "");
  ASSERT_TRUE(plan.ok());
  const auto holds = [&](float value) {
    return std::ranges::any_of(plan->tensors, [&](const PlanTensor& tensor) {
      return !tensor.trained && tensor.values == std::vector<float>{value};
    });
  };
  EXPECT_TRUE(holds(100));
  EXPECT_TRUE(holds(0.5F));
  EXPECT_EQ(Import(Text("", "crop_size: 12 mean_file: 'none.binaryproto'")).status().code(),
            StatusCode::kNotFound);
}

TEST_F(CaffeScratch, WithoutALatentLayerTheFeatureIsWhatTheClassifierReads) {
  const auto network = Import(Text("", "crop_size: 12", "latent"));
  ASSERT_TRUE(network.ok()) << network.status().message();
  EXPECT_EQ(network->feature, "latent");
}

TEST_F(CaffeScratch, OtherFillersAreRefused) {
  for (const char* filler : {"weight_filler { type: 'bilinear' }",
                             "weight_filler { type: 'gaussian' std: 1 sparse: 5 }"}) {
    const auto network = Import(Text(filler));
    EXPECT_EQ(network.status().code(), StatusCode::kUnsupported);
    EXPECT_NE(network.status().message().find("layer \"conv\""), std::string::npos)
        << network.status().message();
  }
}

}  // namespace
}  // namespace hashlens
