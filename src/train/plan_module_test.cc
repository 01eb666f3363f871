// Networks that were imported against the modules that training makes of them.
#include "train/plan_module.h"

#include <cmath>

#include "base/temp_folder.h"
#include "train/test_plan.h"

namespace hashlens {
namespace {

constexpr double kAgreement = 1e-4;

TEST(PlanModule, AgreesWithTheImportedNetwork) {
  for (const KnownNet& net :
       {KnownLeNet(), KnownCifar10Quick(), KnownCifar10Full(), KnownCaffeNet(67, 8),
        KnownAlexNet(67, 8), KnownGoogLeNet(64, 8), KnownSqueezeNet(64, 8), KnownResNet18(64, 8)}) {
    const PlanPair pair(net);
    ASSERT_NE(pair.module(), nullptr) << net.name;
    EXPECT_LT(pair.Difference(), kAgreement) << net.name;
  }
}

// All the layers that none of the known networks has.
KnownNet Mixture() {
  TestNet net;
  net.size = 20;
  net.layers = {
      Conv("dilated", "data", 3, 8, 3, "pad: 2 dilation: 2"),
      {"prelu", "PReLU", "dilated", "dilated", "", {{8}}, 0.1f, 0.4f},
      Conv("grouped", "dilated", 8, 8, 3, "pad: 1 stride: 2", 8),
      Over("leaky", "ReLU", "grouped", "relu_param { negative_slope: 0.1 }"),
      Plain("padded", "Pooling", "grouped",
            "pooling_param { pool: AVE kernel_size: 3 pad: 1 stride: 2 }"),
      Plain("within", "LRN", "padded",
            "lrn_param { local_size: 3 alpha: 0.1 norm_region: WITHIN_CHANNEL }"),
      Plain("tanh", "TanH", "within"),
      Plain("sigmoid", "Sigmoid", "within"),
      Plain("product", "Eltwise", "tanh sigmoid", "eltwise_param { operation: PROD }"),
      Plain("most", "Eltwise", "tanh sigmoid", "eltwise_param { operation: MAX }"),
      Plain("sum", "Eltwise", "product most", "eltwise_param { coeff: 0.5 coeff: -2 }"),
      Plain("both", "Concat", "sum tanh"),
      Plain("flat", "Flatten", "both"),
      Inner("fc", "flat", 16 * 6 * 6, 12),
      Plain("soft", "Softmax", "fc"),
      Plain("feature", "Concat", "fc soft"),
  };
  return {"mixture", net, "feature"};
}

TEST(PlanModule, AgreesForEveryOtherLayer) {
  const PlanPair pair(Mixture());
  ASSERT_NE(pair.module(), nullptr);
  EXPECT_LT(pair.Difference(), kAgreement);
}

// The gradient of a sum of squares along random directions of each weight, against differences.
void ExpectGradients(const KnownNet& net, bool training) {
  const PlanPair pair(net);
  ASSERT_NE(pair.module(), nullptr);
  PlanModule& module = *pair.module();
  torch::manual_seed(1);
  module.to(torch::kDouble);
  module.train(training);
  const torch::Tensor pictures = pair.Pictures(2).to(torch::kDouble) / 64;
  const auto loss = [&] {
    torch::manual_seed(2);  // the same numbers are dropped
    return module.Forward(pictures).square().mean();
  };
  loss().backward();
  constexpr double kStep = 1e-6;
  size_t weights = 0;
  for (const ParameterGroup& group : module.Groups()) {
    for (torch::Tensor parameter : group.parameters) {
      const torch::Tensor direction = torch::randn_like(parameter);
      const double expected = (parameter.grad() * direction).sum().item<double>();
      const torch::NoGradGuard no_grad;
      parameter.add_(direction, kStep);
      const double above = loss().item<double>();
      parameter.add_(direction, -2 * kStep);
      const double below = loss().item<double>();
      parameter.add_(direction, kStep);
      EXPECT_NEAR((above - below) / (2 * kStep), expected, 1e-3 * (1e-3 + std::abs(expected)))
          << net.name << ", a weight of " << parameter.sizes();
      ++weights;
    }
  }
  EXPECT_GT(weights, 4u);
}

TEST(PlanModule, GradientsAreThoseOfFiniteDifferences) {
  ExpectGradients(KnownLeNet(), true);
  ExpectGradients(KnownCifar10Full(), true);
  ExpectGradients(KnownAlexNet(67, 16), false);
  ExpectGradients(KnownResNet18(32, 16), false);
  ExpectGradients(Mixture(), true);
}

TEST(PlanModule, ATrainedNetworkIsWrittenAsItStands) {
  const PlanPair pair(KnownResNet18(32, 16));
  PlanModule& module = *pair.module();
  std::vector<torch::Tensor> parameters;
  for (const ParameterGroup& group : module.Groups())
    parameters.insert(parameters.end(), group.parameters.begin(), group.parameters.end());
  torch::optim::SGD optimizer(parameters, torch::optim::SGDOptions(1e-3));
  module.train();
  const torch::Tensor pictures = pair.Pictures(4) / 128;
  const NamedTensors before = module.Save();
  for (int step = 0; step < 3; ++step) {
    optimizer.zero_grad();
    module.Forward(pictures).square().mean().backward();
    optimizer.step();
  }
  const NamedTensors after = module.Save();
  for (const std::string name : {"conv1/0", "bn_conv1/0", "bn_conv1/1", "scale_conv1/0"})
    EXPECT_NE(before.at(name).values, after.at(name).values) << name;
  EXPECT_EQ(before.at("bn_conv1/factor").values, after.at("bn_conv1/factor").values);
  ASSERT_TRUE(module.Export(32, false, pair.path("trained.xml")).ok());
  EXPECT_EQ(module.Export(32, true, pair.path("trained.xml")).code(), StatusCode::kInvalidArgument);
  for (const char* ending : {"xml", "bin"}) {
    std::filesystem::copy_file(pair.path(std::string("trained.") + ending),
                               pair.path(std::string("network.") + ending),
                               std::filesystem::copy_options::overwrite_existing);
  }
  EXPECT_LT(pair.Difference(), kAgreement);
}

TEST(PlanModule, FrozenLayersKeepTheirWeights) {
  const PlanPair pair(KnownCifar10Quick(), "", 2);
  std::vector<int64_t> sizes;
  for (const ParameterGroup& group : pair.module()->Groups()) {
    for (const torch::Tensor& parameter : group.parameters) sizes.push_back(parameter.numel());
  }
  std::ranges::sort(sizes);
  EXPECT_EQ(sizes, (std::vector<int64_t>{64, 64, 32 * 64 * 25, 1024 * 64}));
}

TEST(PlanModule, RatesAndDecaysAreThoseOfThePrototxt) {
  KnownNet net = KnownLeNet();
  for (TestLayer& layer : net.net.layers) {
    if (layer.name == "ip1") layer.fields += " param { lr_mult: 2 decay_mult: 0.25 }";
  }
  const PlanPair pair(net);
  std::vector<std::pair<double, double>> factors;
  for (const ParameterGroup& group : pair.module()->Groups())
    factors.emplace_back(group.rate, group.decay);
  EXPECT_EQ(factors, (std::vector<std::pair<double, double>>{{1, 1}, {2, 0.25}}));
}

}  // namespace
}  // namespace hashlens
