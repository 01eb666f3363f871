#include "train/depthwise.h"

#include <ATen/Parallel.h>
#include <gtest/gtest.h>
#include <torch/nn/functional.h>
#include <torch/utils.h>

#include <algorithm>
#include <random>
#include <vector>

#include "train/depthwise_kernel.h"
#include "train/test_targets.h"

namespace hashlens {
namespace {

namespace F = torch::nn::functional;
using torch::Tensor;

constexpr auto kChannelsLast = torch::MemoryFormat::ChannelsLast;

struct Case {
  int64_t images, channels, height, width, kernel;
  int stride;
};

std::ostream& operator<<(std::ostream& out, const Case& c) {
  return out << c.images << "x" << c.channels << "x" << c.height << "x" << c.width << " kernel "
             << c.kernel << " stride " << c.stride;
}

struct Outcome {
  Tensor y, x_gradient, weight_gradient;
};

// Plain torch in double: TensorFlow's SAME padding spelled out.
Outcome Expected(const Tensor& x, const Tensor& weight, const Tensor& gradient, int64_t stride) {
  const Tensor in = x.detach().to(torch::kDouble).contiguous().requires_grad_();
  const Tensor taps = weight.detach().to(torch::kDouble).requires_grad_();
  const auto total = [&](int64_t size) {
    return std::max<int64_t>(((size + stride - 1) / stride - 1) * stride + taps.size(2) - size, 0);
  };
  const int64_t high = total(x.size(2)), wide = total(x.size(3));
  const Tensor padded =
      F::pad(in, F::PadFuncOptions({wide / 2, wide - wide / 2, high / 2, high - high / 2}));
  const Tensor y = F::conv2d(padded, taps, F::Conv2dFuncOptions().stride(stride).groups(x.size(1)));
  y.backward(gradient.to(torch::kDouble));
  return {y.detach(), in.grad(), taps.grad()};
}

Outcome Got(const Tensor& x, const Tensor& weight, const Tensor& gradient, int stride) {
  const Tensor in = x.detach().requires_grad_();
  const Tensor taps = weight.detach().requires_grad_();
  const Tensor y = DepthwiseConv(in, taps, stride);
  y.backward(gradient);
  return {y.detach(), in.grad(), taps.grad()};
}

void ExpectSame(const Outcome& got, const Outcome& expected, const Case& c) {
  EXPECT_LT(RelativeDifference(got.y, expected.y), kNear) << c;
  EXPECT_LT(RelativeDifference(got.x_gradient, expected.x_gradient), kNear) << c;
  EXPECT_LT(RelativeDifference(got.weight_gradient, expected.weight_gradient), kNear) << c;
}

Tensor RandomX(const Case& c) {
  return torch::randn({c.images, c.channels, c.height, c.width}).contiguous(kChannelsLast);
}
Tensor RandomWeight(const Case& c) { return torch::randn({c.channels, 1, c.kernel, c.kernel}); }
Tensor RandomGradient(const Case& c) {
  return torch::randn({c.images, c.channels, (c.height + c.stride - 1) / c.stride,
                       (c.width + c.stride - 1) / c.stride});
}

std::vector<Case> Cases() {
  std::vector<Case> cases;
  std::mt19937 random(3);
  const auto pick = [&](int64_t low, int64_t high) {
    return std::uniform_int_distribution<int64_t>(low, high)(random);
  };
  for (const int64_t kernel : {3, 5}) {
    for (const int stride : {1, 2}) {
      for (int64_t channels = 1; channels <= 40; ++channels) {
        cases.push_back({pick(1, 3), channels, pick(1, 13), pick(1, 17), kernel, stride});
      }
      // Smaller than the kernel; and the network's own.
      for (int64_t height = 1; height <= 4; ++height) {
        for (int64_t width = 1; width <= 4; ++width) {
          cases.push_back({2, 19, height, width, kernel, stride});
        }
      }
      for (const int64_t channels : {96, 144, 240, 672, 1152}) {
        cases.push_back({2, channels, pick(3, 12), pick(3, 12), kernel, stride});
      }
      cases.push_back({2, 32, 48, 48, kernel, stride});
    }
  }
  return cases;
}

TEST(DepthwiseConv, EveryInstructionSetGivesTorchsValuesAndGradients) {
  torch::manual_seed(5);
  for (const Case& c : Cases()) {
    const Tensor x = RandomX(c), weight = RandomWeight(c), gradient = RandomGradient(c);
    const Outcome expected = Expected(x, weight, gradient, c.stride);
    OnEveryTarget([&] { ExpectSame(Got(x, weight, gradient, c.stride), expected, c); });
  }
}

TEST(DepthwiseConv, OtherLayoutsTypesAndKernelsGiveTheSame) {
  torch::manual_seed(6);
  for (const Case c : {Case{2, 20, 9, 8, 3, 1}, Case{2, 20, 9, 8, 3, 2}, Case{2, 20, 8, 9, 5, 2},
                       Case{2, 20, 8, 9, 7, 2}, Case{2, 20, 8, 9, 3, 3}}) {
    const Tensor weight = RandomWeight(c), gradient = RandomGradient(c);
    const Tensor x = RandomX(c);
    const Outcome expected = Expected(x, weight, gradient, c.stride);
    ExpectSame(Got(x, weight, gradient.contiguous(kChannelsLast), c.stride), expected, c);
    ExpectSame(Got(x.contiguous(), weight, gradient, c.stride), expected, c);
    ExpectSame(Got(x.transpose(2, 3).contiguous(kChannelsLast).transpose(2, 3), weight, gradient,
                   c.stride),
               expected, c);
    ExpectSame(
        Got(x.to(torch::kDouble), weight.to(torch::kDouble), gradient.to(torch::kDouble), c.stride),
        expected, c);
  }
}

TEST(DepthwiseConv, GivesOnlyTheGradientsAskedFor) {
  const Case c{2, 16, 5, 6, 3, 2};
  const Tensor x = RandomX(c), weight = RandomWeight(c), gradient = RandomGradient(c);
  const Outcome expected = Expected(x, weight, gradient, c.stride);
  Tensor in = x.detach().requires_grad_();
  DepthwiseConv(in, weight, c.stride).backward(gradient);
  EXPECT_LT(RelativeDifference(in.grad(), expected.x_gradient), kNear);
  Tensor taps = weight.detach().requires_grad_();
  DepthwiseConv(x, taps, c.stride).backward(gradient);
  EXPECT_LT(RelativeDifference(taps.grad(), expected.weight_gradient), kNear);
  EXPECT_FALSE(DepthwiseConv(x, weight, c.stride).requires_grad());
}

TEST(DepthwiseConv, GivesTheSameBitsEachTimeForANumberOfThreads) {
  const int before = at::get_num_threads();
  for (const int threads : {1, 2, 3}) {
    at::set_num_threads(threads);
    for (const Case c : {Case{5, 48, 24, 24, 5, 1}, Case{5, 48, 24, 24, 3, 2}}) {
      const Tensor x = RandomX(c), weight = RandomWeight(c), gradient = RandomGradient(c);
      const Outcome first = Got(x, weight, gradient, c.stride);
      ExpectSame(first, Expected(x, weight, gradient, c.stride), c);
      for (int i = 0; i < 5; ++i) {
        const Outcome again = Got(x, weight, gradient, c.stride);
        EXPECT_TRUE(torch::equal(again.y, first.y));
        EXPECT_TRUE(torch::equal(again.x_gradient, first.x_gradient));
        EXPECT_TRUE(torch::equal(again.weight_gradient, first.weight_gradient));
      }
    }
  }
  at::set_num_threads(before);
}

// What a kernel writes or reads outside of its rows, another thread or the allocator would see.
TEST(DepthwiseKernel, KeepsToItsRows) {
  OnEveryTarget([] {
    for (const size_t kernel : {3, 5}) {
      for (const size_t stride : {1, 2}) {
        for (const size_t channels : {1, 7, 16, 19, 33}) {
          const DepthwiseShape shape = SameDepthwise(channels, 5, 6, kernel, stride);
          const size_t images = 2;
          const size_t in_row = shape.in_width * channels, out_row = shape.out_width * channels;
          const std::vector<float> in(images * shape.in_height * in_row, 1.0f);
          const std::vector<float> gradient(images * shape.out_height * out_row, 1.0f);
          const std::vector<float> taps(kernel * kernel * channels, 1.0f);
          const auto check = [](size_t rows, size_t row, const auto& run) {
            for (size_t begin = 0; begin < rows; ++begin) {
              for (size_t end = begin; end <= rows; end += 3) {
                std::vector<float> out(rows * row, -7.0f);
                run(begin, end, out.data());
                for (size_t i = 0; i < out.size(); ++i) {
                  const bool inside = i >= begin * row && i < end * row;
                  ASSERT_EQ(out[i] == -7.0f, !inside) << i;
                }
              }
            }
          };
          check(images * shape.out_height, out_row, [&](size_t begin, size_t end, float* out) {
            DepthwiseForward(shape, in.data(), taps.data(), begin, end, out);
          });
          check(images * shape.in_height, in_row, [&](size_t begin, size_t end, float* out) {
            DepthwiseInputGradient(shape, gradient.data(), taps.data(), begin, end, out);
          });
          // Ones everywhere: the middle tap meets each output once.
          std::vector<float> sums(kernel * kernel * channels, 0.5f);
          DepthwiseTapsGradient(shape, in.data(), gradient.data(), 1, 3, sums.data());
          const size_t middle = (kernel * kernel / 2) * channels;
          for (size_t c = 0; c < channels; ++c) {
            EXPECT_EQ(sums[middle + c], 0.5f + static_cast<float>(2 * shape.out_width));
          }
        }
      }
    }
  });
}

}  // namespace
}  // namespace hashlens
