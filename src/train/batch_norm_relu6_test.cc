#include "train/batch_norm_relu6.h"

#include <ATen/Parallel.h>
#include <gtest/gtest.h>
#include <torch/utils.h>

#include <random>
#include <vector>

#include "train/test_targets.h"

namespace hashlens {
namespace {

using torch::Tensor;

constexpr auto kChannelsLast = torch::MemoryFormat::ChannelsLast;
constexpr double kMomentum = 0.1, kEps = 1e-3;

struct Case {
  int64_t images, channels, height, width;
  bool training, relu6;
};

std::ostream& operator<<(std::ostream& out, const Case& c) {
  return out << c.images << "x" << c.channels << "x" << c.height << "x" << c.width
             << (c.training ? " training" : " eval") << (c.relu6 ? " relu6" : "");
}

struct Inputs {
  Tensor x, gamma, beta, running_mean, running_var, gradient;

  Inputs To(torch::ScalarType type) const {
    const auto copy = [&](const Tensor& t) { return t.detach().to(type, false, true); };
    return {copy(x),           copy(gamma),   copy(beta), copy(running_mean),
            copy(running_var), copy(gradient)};
  }
};

// Wide enough for both ends of ReLU6; means that are far from 0 and differ between channels.
Inputs RandomInputs(const Case& c) {
  const Tensor means = 20 * torch::randn({1, c.channels, 1, 1});
  const Tensor x = 3 * torch::randn({c.images, c.channels, c.height, c.width}) + means;
  return {x.contiguous(kChannelsLast),    1 + 2 * torch::rand({c.channels}),
          2 + torch::randn({c.channels}), means.flatten() + torch::randn({c.channels}),
          4 + torch::rand({c.channels}),  torch::randn_like(x)};
}

struct Outcome {
  Tensor y, x_gradient, gamma_gradient, beta_gradient, running_mean, running_var;
};

template <class Layer>
Outcome Run(const Inputs& given, const Layer& layer) {
  Inputs in = given;
  for (Tensor* t : {&in.x, &in.gamma, &in.beta}) *t = t->detach().requires_grad_();
  in.running_mean = in.running_mean.clone();
  in.running_var = in.running_var.clone();
  const Tensor y = layer(in);
  y.backward(in.gradient);
  return {y.detach(),     in.x.grad(),     in.gamma.grad(),
          in.beta.grad(), in.running_mean, in.running_var};
}

Outcome Expected(const Inputs& in, const Case& c) {
  return Run(in.To(torch::kDouble), [&](const Inputs& i) {
    const Tensor y = torch::batch_norm(i.x, i.gamma, i.beta, i.running_mean, i.running_var,
                                       c.training, kMomentum, kEps, false);
    return c.relu6 ? torch::hardtanh(y, 0, 6) : y;
  });
}

Outcome Got(const Inputs& in, const Case& c) {
  return Run(in, [&](const Inputs& i) {
    return BatchNorm(i.x, i.gamma, i.beta, i.running_mean, i.running_var, c.training, kMomentum,
                     kEps, c.relu6);
  });
}

// Where float and double fall on different sides of a kink of ReLU6, no tolerance helps: there the
// gradient that comes in is 0.
void AvoidKinks(Inputs& in, const Case& c) {
  if (!c.relu6) return;
  const Inputs exact = in.To(torch::kDouble);
  const Tensor y = torch::batch_norm(exact.x, exact.gamma, exact.beta, exact.running_mean.clone(),
                                     exact.running_var.clone(), c.training, kMomentum, kEps, false);
  const Tensor near = (y.abs() < 1e-3).logical_or((y - 6).abs() < 1e-3);
  in.gradient = in.gradient.masked_fill(near, 0);
}

void ExpectSame(const Outcome& got, const Outcome& expected, const Case& c) {
  EXPECT_LT(RelativeDifference(got.y, expected.y), kNear) << c;
  EXPECT_LT(RelativeDifference(got.x_gradient, expected.x_gradient), kNear) << c;
  EXPECT_LT(RelativeDifference(got.gamma_gradient, expected.gamma_gradient), kNear) << c;
  EXPECT_LT(RelativeDifference(got.beta_gradient, expected.beta_gradient), kNear) << c;
  EXPECT_LT(RelativeDifference(got.running_mean, expected.running_mean), kNear) << c;
  EXPECT_LT(RelativeDifference(got.running_var, expected.running_var), kNear) << c;
}

std::vector<Case> Cases() {
  std::vector<Case> cases;
  std::mt19937 random(3);
  const auto pick = [&](int64_t low, int64_t high) {
    return std::uniform_int_distribution<int64_t>(low, high)(random);
  };
  for (const bool training : {false, true}) {
    for (const bool relu6 : {false, true}) {
      for (int64_t channels = 1; channels <= 40; ++channels) {
        // Two values a channel leave no gradient of x, only what rounding makes of it.
        cases.push_back({pick(3, 5), channels, pick(1, 9), pick(1, 11), training, relu6});
      }
      for (const int64_t channels : {80, 96, 112, 144, 1280}) {
        cases.push_back({4, channels, pick(1, 13), pick(1, 13), training, relu6});
      }
      cases.push_back({3, 32, 1, 1, training, relu6});
      cases.push_back({4, 24, 31, 37, training, relu6});
    }
  }
  return cases;
}

TEST(BatchNorm, EveryInstructionSetGivesTorchsValuesGradientsAndStatistics) {
  torch::manual_seed(5);
  for (const Case& c : Cases()) {
    Inputs in = RandomInputs(c);
    AvoidKinks(in, c);
    const Outcome expected = Expected(in, c);
    OnEveryTarget([&] { ExpectSame(Got(in, c), expected, c); });
  }
}

TEST(BatchNorm, OtherLayoutsAndTypesGiveTheSame) {
  torch::manual_seed(6);
  for (const bool training : {false, true}) {
    const Case c{3, 20, 7, 5, training, true};
    Inputs in = RandomInputs(c);
    AvoidKinks(in, c);
    const Outcome expected = Expected(in, c);
    ExpectSame(Got(in.To(torch::kDouble), c), expected, c);
    in.gradient = in.gradient.contiguous();
    ExpectSame(Got(in, c), expected, c);
    in.x = in.x.contiguous();
    ExpectSame(Got(in, c), expected, c);
  }
}

TEST(BatchNorm, IsFlatAtBothEndsOfReLU6AsTorchIs) {
  // Eval with mean 0 and variance 1: y is 0, 6 and 3 to the bit.
  const Tensor x = torch::tensor({0.0f, 6.0f, 3.0f}).reshape({3, 1, 1, 1}).requires_grad_();
  const Tensor zero = torch::zeros({1}), one = torch::ones({1});
  const Tensor y = BatchNorm(x, one, zero, zero, one, false, kMomentum, 0.0, true);
  y.sum().backward();
  EXPECT_TRUE(torch::equal(x.grad().flatten(), torch::tensor({0.0f, 0.0f, 1.0f})));
}

TEST(BatchNorm, KeepsTheVarianceOfValuesFarFromZero) {
  // Far enough that squares in float would lose the variance altogether.
  const Tensor x = (1000 + torch::randn({8, 16, 20, 20})).contiguous(kChannelsLast);
  Tensor mean = torch::zeros({16}), variance = torch::zeros({16});
  BatchNorm(x, torch::ones({16}), torch::zeros({16}), mean, variance, true, 1.0, kEps, false);
  const Tensor exact = x.to(torch::kDouble);
  EXPECT_LT(RelativeDifference(variance, exact.var({0, 2, 3})), kNear);
  EXPECT_LT(RelativeDifference(mean, exact.mean({0, 2, 3})), 1e-6);
}

TEST(BatchNorm, RefusesToTrainOnOneValue) {
  const Tensor one = torch::ones({4});
  EXPECT_THROW(BatchNorm(torch::zeros({1, 4, 1, 1}), one, one, one.clone(), one.clone(), true,
                         kMomentum, kEps, true),
               c10::Error);
}

TEST(BatchNorm, GivesTheSameBitsEachTimeForANumberOfThreads) {
  const int before = at::get_num_threads();
  for (const int threads : {1, 2, 3}) {
    at::set_num_threads(threads);
    const Case c{8, 48, 24, 24, true, true};
    Inputs in = RandomInputs(c);
    AvoidKinks(in, c);
    const Outcome first = Got(in, c);
    ExpectSame(first, Expected(in, c), c);
    for (int i = 0; i < 5; ++i) {
      const Outcome again = Got(in, c);
      EXPECT_TRUE(torch::equal(again.y, first.y));
      EXPECT_TRUE(torch::equal(again.x_gradient, first.x_gradient));
      EXPECT_TRUE(torch::equal(again.gamma_gradient, first.gamma_gradient));
      EXPECT_TRUE(torch::equal(again.running_var, first.running_var));
    }
  }
  at::set_num_threads(before);
}

}  // namespace
}  // namespace hashlens
