// Plans of imported networks, and networks written with other weights.
#include "model/network_plan.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <limits>
#include <openvino/openvino.hpp>
#include <openvino/opsets/opset8.hpp>

#include "model/caffe/known_nets.h"
#include "model/caffe/test_run.h"
#include "model/openvino_errors.h"

namespace hashlens {
namespace {

namespace op = ov::opset8;

// A network as import-caffe leaves it.
class Imported {
 public:
  explicit Imported(const KnownNet& known, bool rgb = false) : files_(known.net) {
    files_.source.feature = known.feature;
    files_.source.rgb = rgb;
    const auto network = files_.Import();
    EXPECT_TRUE(network.ok()) << network.status().message();
    if (network.ok()) network_ = *network;
  }
  Path xml() const { return files_.path("network.xml"); }
  std::vector<float> Feature(const Path& xml, int dim) const {
    std::filesystem::copy_file(xml, files_.path("network.xml"),
                               std::filesystem::copy_options::overwrite_existing);
    Path bin = xml;
    std::filesystem::copy_file(bin.replace_extension(".bin"), files_.path("network.bin"),
                               std::filesystem::copy_options::overwrite_existing);
    CaffeNetwork network = network_;
    network.dim = dim;
    return files_.Features(network, {NoisePixels(network_.input_size, 7)}).front();
  }
  std::vector<float> Feature() const {
    return files_.Features(network_, {NoisePixels(network_.input_size, 7)}).front();
  }
  const CaffeFiles& files() const { return files_; }
  const CaffeNetwork& network() const { return network_; }

 private:
  CaffeFiles files_;
  CaffeNetwork network_;
};

NetworkPlan Plan(const Path& xml, const std::string& layer = "") {
  const auto plan = ReadNetworkPlan(xml, layer);
  EXPECT_TRUE(plan.ok()) << plan.status().message();
  return plan.ok() ? *plan : NetworkPlan();
}

std::vector<std::string> Trained(const NetworkPlan& plan) {
  std::vector<std::string> names;
  for (const PlanTensor& tensor : plan.tensors) {
    if (tensor.trained) names.push_back(tensor.name);
  }
  return names;
}

const PlanTensor& Find(const NetworkPlan& plan, const std::string& name) {
  const auto found = std::ranges::find(plan.tensors, name, &PlanTensor::name);
  static const PlanTensor kNone;
  if (found != plan.tensors.end()) return *found;
  ADD_FAILURE() << "no weights " << name;
  return kNone;
}

size_t Count(const NetworkPlan& plan, PlanKind kind) {
  return static_cast<size_t>(std::ranges::count(plan.operations, kind, &PlanOperation::kind));
}

// A network of `ops` on a picture of 8 x 8 pixels.
template <typename Ops>
Path SaveNetwork(const TempFolder& temp, const Ops& ops,
                 const ov::PartialShape& shape = {-1, 3, 8, 8}) {
  const auto picture = std::make_shared<op::Parameter>(ov::element::f32, shape);
  const auto kernel = op::Constant::create(ov::element::f32, {4, 3, 3, 3}, {0.1f});
  const auto conv = std::make_shared<op::Convolution>(picture, kernel, ov::Strides{1, 1},
                                                      ov::CoordinateDiff{0, 0},
                                                      ov::CoordinateDiff{0, 0}, ov::Strides{1, 1});
  const ov::Output<ov::Node> end = ops(ov::Output<ov::Node>(conv));
  const Path xml = temp.path() / "network.xml";
  ov::save_model(
      std::make_shared<ov::Model>(ov::OutputVector{end}, ov::ParameterVector{picture}, "test"),
      xml.native(), false);
  return xml;
}

TEST(NetworkPlan, LeNetHasItsLayersAndWeights) {
  const Imported lenet(KnownLeNet());
  const NetworkPlan plan = Plan(lenet.xml());
  EXPECT_EQ(plan.input_size, 28);
  EXPECT_EQ(plan.dim, 500);
  EXPECT_EQ(Trained(plan), (std::vector<std::string>{"conv1/0", "conv1/1", "conv2/0", "conv2/1",
                                                     "ip1/0", "ip1/1"}));
  EXPECT_EQ(Count(plan, PlanKind::kConvolution), 3u);  // one makes the picture grey
  EXPECT_EQ(Count(plan, PlanKind::kMaxPool), 2u);
  EXPECT_EQ(Count(plan, PlanKind::kLinear), 1u);
  EXPECT_EQ(Find(plan, "conv2/0").shape, (std::vector<int64_t>{50, 20, 5, 5}));
}

TEST(NetworkPlan, WhatAPrototxtSaysOfTrainingIsKept) {
  KnownNet net = KnownCaffeNet(67, 16);
  for (TestLayer& layer : net.net.layers) {
    if (layer.name == "conv2")
      layer.fields += " param { lr_mult: 3 decay_mult: 0.5 } param { lr_mult: 2 decay_mult: 0 }";
  }
  const NetworkPlan plan = Plan(Imported(net).xml());
  // The test's own `param { lr_mult: 1 }` comes first.
  EXPECT_EQ(Find(plan, "conv2/1").rate, 3);
  EXPECT_EQ(Find(plan, "conv2/1").decay, 0.5);
  EXPECT_EQ(Find(plan, "conv1/1").rate, 1);
  EXPECT_EQ(Find(plan, "conv1/1").decay, 1);
  EXPECT_EQ(std::ranges::count(plan.operations, 0.5, &PlanOperation::dropout), 2);
}

TEST(NetworkPlan, BatchNormsStayWhatTheyAre) {
  const NetworkPlan plan = Plan(Imported(KnownResNet18(64, 16)).xml());
  EXPECT_EQ(Count(plan, PlanKind::kBatchNorm), 20u);
  EXPECT_EQ(Find(plan, "bn_conv1/factor").rate, 0);
  EXPECT_TRUE(Find(plan, "bn_conv1/0").statistic);
  EXPECT_FALSE(Find(plan, "bn_conv1/0").trained);
  EXPECT_TRUE(Find(plan, "scale_conv1/0").trained);
}

TEST(NetworkPlan, TheFeatureIsTakenAtALayer) {
  const Imported lenet(KnownLeNet());
  EXPECT_EQ(Plan(lenet.xml(), "pool2").dim, 800);
  EXPECT_EQ(Trained(Plan(lenet.xml(), "pool2")).size(), 4u);
  const auto none = ReadNetworkPlan(lenet.xml(), "pool3");
  EXPECT_EQ(none.status().code(), StatusCode::kInvalidArgument);
  EXPECT_NE(none.status().message().find("pool2"), std::string::npos) << none.status().message();
}

TEST(NetworkPlan, TheConstantOfAnImportedLatentLayerIsNoPartOfIt) {
  CaffeFiles files(SmallNet(16));
  files.source.hash = "code";
  const auto network = files.Import();
  ASSERT_TRUE(network.ok()) << network.status().message();
  EXPECT_EQ(network->dim, 41);
  EXPECT_EQ(Plan(files.path("network.xml")).dim, 40);
}

TEST(NetworkPlan, ATrainedNetworkHasTheNewWeights) {
  const Imported quick(KnownCifar10Quick());
  const NetworkPlan plan = Plan(quick.xml());
  std::map<std::string, std::vector<float>> values;
  for (const std::string name : {"ip1/0", "ip1/1"}) {
    for (const float value : Find(plan, name).values) values[name].push_back(2 * value);
  }
  const Path out = quick.files().path("out.xml");
  const Status written = WriteTrainedNetwork(quick.xml(), "", values, out);
  ASSERT_TRUE(written.ok()) << written.message();
  const std::vector<float> before = quick.Feature();
  const std::vector<float> after = quick.Feature(out, plan.dim);
  for (size_t i = 0; i < before.size(); ++i)
    EXPECT_NEAR(after[i], 2 * before[i], 1e-4f * (1 + std::abs(before[i])));

  const Path cut = quick.files().path("cut.xml");
  ASSERT_TRUE(WriteTrainedNetwork(quick.xml(), "pool3", {}, cut).ok());
  EXPECT_EQ(Plan(cut).dim, 1024);
  values["ip1/1"].push_back(0);
  EXPECT_EQ(WriteTrainedNetwork(quick.xml(), "", values, cut).code(), StatusCode::kInvalidArgument);
}

TEST(NetworkPlan, AnUnknownOperationIsNamed) {
  const TempFolder temp;
  const auto xml = SaveNetwork(temp, [](const ov::Output<ov::Node>& conv) {
    const auto elu = std::make_shared<op::Elu>(conv, 1.0);
    elu->set_friendly_name("strange");
    return elu;
  });
  const auto plan = ReadNetworkPlan(xml, "");
  EXPECT_EQ(plan.status().code(), StatusCode::kUnsupported);
  EXPECT_NE(plan.status().message().find("layer \"strange\" (Elu)"), std::string::npos)
      << plan.status().message();
}

TEST(NetworkPlan, AWeightThatIsNoNumberIsRefused) {
  const TempFolder temp;
  const auto xml = SaveNetwork(temp, [](const ov::Output<ov::Node>& conv) {
    return std::make_shared<op::Multiply>(
        conv, op::Constant::create(ov::element::f32, {1, 4, 1, 1},
                                   {1.0f, 2.0f, std::numeric_limits<float>::quiet_NaN(), 4.0f}));
  });
  const auto plan = ReadNetworkPlan(xml, "");
  EXPECT_EQ(plan.status().code(), StatusCode::kCorruption) << plan.status().message();
  EXPECT_EQ(plan.status().message().find('\n'), std::string::npos);
}

TEST(NetworkPlan, WeightsInHalfPrecisionAreWeights) {
  const TempFolder temp;
  const auto xml = SaveNetwork(temp, [](const ov::Output<ov::Node>& conv) {
    const auto half =
        op::Constant::create(ov::element::f16, {1, 4, 1, 1}, {0.5f, 1.0f, 2.0f, 4.0f});
    const auto wide = std::make_shared<op::Convert>(half, ov::element::f32);
    wide->set_friendly_name("wide");
    return std::make_shared<op::Multiply>(conv, wide);
  });
  const NetworkPlan plan = Plan(xml);
  EXPECT_EQ(Find(plan, "wide").values, (std::vector<float>{0.5f, 1, 2, 4}));
  EXPECT_TRUE(Find(plan, "wide").trained);
  const Path out = temp.path() / "out.xml";
  ASSERT_TRUE(WriteTrainedNetwork(xml, "", {{"wide", {1, 2, 3, 4}}}, out).ok());
  EXPECT_EQ(Find(Plan(out), "wide").values, (std::vector<float>{1, 2, 3, 4}));
}

TEST(NetworkPlan, NetworksForOtherThanSquarePicturesAreRefused) {
  const TempFolder temp;
  const auto same = [](const ov::Output<ov::Node>& conv) {
    return std::make_shared<op::Relu>(conv);
  };
  for (const ov::PartialShape& shape :
       {ov::PartialShape{-1, 3, 8, 9}, ov::PartialShape{-1, 3, -1, -1}}) {
    const auto plan = ReadNetworkPlan(SaveNetwork(temp, same, shape), "");
    EXPECT_EQ(plan.status().code(), StatusCode::kInvalidArgument) << plan.status().message();
  }
  EXPECT_EQ(ReadNetworkPlan(temp.path() / "none.xml", "").status().code(), StatusCode::kNotFound);
}

}  // namespace
}  // namespace hashlens
