// Tests of code that exists once for each instruction set.
#ifndef HASHLENS_TRAIN_TEST_TARGETS_H_
#define HASHLENS_TRAIN_TEST_TARGETS_H_

#include <gtest/gtest.h>
#include <hwy/targets.h>
#include <torch/types.h>

#include <algorithm>
#include <cmath>

namespace hashlens {

// Runs `test` once for each instruction set that this CPU has.
template <typename Test>
void OnEveryTarget(const Test& test) {
  int64_t targets = hwy::SupportedTargets();
  for (; targets != 0; targets &= targets - 1) {
    const int64_t target = targets & -targets;
    hwy::SetSupportedTargetsForTest(target);
    hwy::GetChosenTarget().Update(target);
    SCOPED_TRACE(hwy::TargetName(target));
    test();
  }
  hwy::SetSupportedTargetsForTest(0);
  hwy::GetChosenTarget().DeInit();
}

// The largest difference over the largest value expected, or over `least` where that is larger.
inline double RelativeDifference(const torch::Tensor& got, const torch::Tensor& expected,
                                 double least = 1e-2) {
  EXPECT_TRUE(got.defined());
  if (!got.defined()) return INFINITY;
  EXPECT_EQ(got.sizes(), expected.sizes());
  if (got.sizes() != expected.sizes()) return INFINITY;
  const torch::Tensor exact = expected.to(torch::kDouble);
  const torch::Tensor difference = (got.to(torch::kDouble) - exact).abs();
  // As a sum, NaN is not lost.
  if (!difference.sum().isfinite().item<bool>()) return INFINITY;
  return difference.max().item<double>() / std::max(least, exact.abs().max().item<double>());
}

// A multiply-add where nothing is rounded in between gives other bits: near, not equal.
inline constexpr double kNear = 1e-4;

}  // namespace hashlens

#endif  // HASHLENS_TRAIN_TEST_TARGETS_H_
