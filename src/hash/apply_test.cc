#include <gtest/gtest.h>

#include <bit>
#include <cmath>
#include <cstring>
#include <limits>

#include "base/random.h"
#include "hash/dots.h"
#include "hash/hash_head.h"
#include "hash/test_targets.h"

namespace hashlens {
namespace {

std::vector<float> RandomFloats(size_t count, Random* random) {
  std::vector<float> values(count);
  // Magnitudes far apart make every change of the order of summation visible.
  for (float& v : values)
    v = static_cast<float>(random->Normal() * std::exp2(8 * random->Uniform()));
  return values;
}

// The scalar twin: the order of summation as dots.h states it.
float DotTwin(const float* a, const float* b, size_t dim) {
  float partial[16] = {};
  for (size_t i = 0; i < dim; ++i) partial[i % 16] += a[i] * b[i];
  for (size_t half = 8; half > 0; half /= 2) {
    for (size_t j = 0; j < half; ++j) partial[j] += partial[j + half];
  }
  return partial[0];
}

TEST(Dots, EveryInstructionSetGivesTheTwinsBits) {
  OnEveryTarget([] {
    Random random(7);
    for (size_t dim : {1, 2, 7, 8, 15, 16, 17, 31, 32, 33, 48, 100, 333, 1280}) {
      for (size_t bits : {1, 2, 3, 4, 5, 9}) {
        for (size_t count : {1, 2, 3, 4, 5, 9}) {
          // One float past the start, so that no vector is aligned.
          const std::vector<float> weights = RandomFloats(bits * dim + 1, &random);
          const std::vector<float> rows = RandomFloats(count * dim + 1, &random);
          std::vector<float> sums(count * bits + 1, 12345.0f);
          Dots(&weights[1], bits, &rows[1], count, dim, sums.data());
          for (size_t r = 0; r < count; ++r) {
            for (size_t b = 0; b < bits; ++b) {
              const float twin = DotTwin(&rows[1 + r * dim], &weights[1 + b * dim], dim);
              ASSERT_EQ(std::bit_cast<uint32_t>(sums[r * bits + b]), std::bit_cast<uint32_t>(twin))
                  << dim << " dimensions, row " << r << " of " << count << ", bit " << b << " of "
                  << bits;
            }
          }
          ASSERT_EQ(sums.back(), 12345.0f);
        }
      }
    }
  });
}

HashHead RandomHead(int bits, int dim, Random* random) {
  HashHead head;
  head.method = "test";
  head.bits = bits;
  head.dim = dim;
  head.mean.resize(static_cast<size_t>(dim));
  head.weights = RandomFloats(static_cast<size_t>(bits) * static_cast<size_t>(dim), random);
  head.bias = RandomFloats(static_cast<size_t>(bits), random);
  return head;
}

TEST(ApplyHead, SameCodeAloneAndInABatchOnEveryInstructionSet) {
  Random random(3);
  for (int bits : {8, 9, 13, 64, 127, 128}) {
    const size_t dim = 77, count = 131;
    const HashHead head = RandomHead(bits, dim, &random);
    const std::vector<float> features = RandomFloats(count * dim, &random);
    const size_t bytes = CodeBytes(bits);
    std::vector<uint8_t> expected(count * bytes, 0);
    for (size_t r = 0; r < count; ++r) {
      for (size_t b = 0; b < static_cast<size_t>(bits); ++b) {
        if (DotTwin(&features[r * dim], &head.weights[b * dim], dim) + head.bias[b] >= 0) {
          expected[r * bytes + b / 8] =
              static_cast<uint8_t>(expected[r * bytes + b / 8] | 1u << (b % 8));
        }
      }
    }
    OnEveryTarget([&] {
      std::vector<uint8_t> codes(count * bytes, 0xff);  // leftovers must be overwritten
      ApplyHead(head, features, codes);
      EXPECT_EQ(codes, expected) << bits;
      for (size_t r = 0; r < count; ++r) {
        std::vector<uint8_t> alone(bytes, 0xff);
        ApplyHead(head, std::span(features).subspan(r * dim, dim), alone);
        ASSERT_EQ(std::memcmp(alone.data(), &expected[r * bytes], bytes), 0)
            << bits << " bits, row " << r;
      }
    });
  }
}

TEST(ApplyHead, ThresholdIsInclusiveAndNotANumberIsZero) {
  HashHead head;
  head.bits = 8;
  head.dim = 1;
  head.weights.assign(8, 1.0f);
  head.bias = {0.0f, -1.0f, -1.5f, 1.0f, -0.5f, -2.0f, 0.5f, -1.0f};
  uint8_t code = 0;
  const float one = 1.0f;
  ApplyHead(head, {&one, 1}, {&code, 1});
  EXPECT_EQ(code, 0b11011011);
  const float none = std::numeric_limits<float>::quiet_NaN();
  ApplyHead(head, {&none, 1}, {&code, 1});
  EXPECT_EQ(code, 0);
  ApplyHead(head, {}, {});
}

TEST(ApplyLatent, IsTheSigmoidAndAtLeastHalfExactlyWhereTheBitIsOne) {
  Random random(5);
  for (const int bits : {8, 13, 128}) {
    const size_t dim = 33;
    HashHead head = RandomHead(bits, dim, &random);
    for (float& weight : head.weights) weight /= 1000;
    for (float& bias : head.bias) bias /= 1000;
    const std::vector<float> feature = RandomFloats(dim, &random);
    std::vector<uint8_t> code(CodeBytes(bits));
    ApplyHead(head, feature, code);
    for (const double scale : {1e-9, 1.0, 1e9}) {
      std::vector<float> activations(static_cast<size_t>(bits), -1);
      ApplyLatent(head, feature, scale, activations);
      for (size_t i = 0; i < activations.size(); ++i) {
        const float sum = DotTwin(feature.data(), &head.weights[i * dim], dim) + head.bias[i];
        EXPECT_NEAR(activations[i], 1 / (1 + std::exp(-scale * sum)), 1e-6);
        EXPECT_EQ(activations[i] >= 0.5F, (code[i / 8] >> (i % 8) & 1) == 1) << scale << " " << sum;
        EXPECT_TRUE(activations[i] >= 0 && activations[i] <= 1);
      }
    }
  }
}

TEST(ApplyLatent, SumsNextToTheThresholdStayOnTheirSide) {
  HashHead head;
  head.bits = 8;
  head.dim = 1;
  head.weights.assign(8, 0.0F);
  head.bias = {0.0F, -0.0F, 1e-30F, -1e-30F, 1e-8F, -1e-8F, 1e30F, -1e30F};
  const float one = 1;
  std::vector<float> activations(8);
  ApplyLatent(head, {&one, 1}, 1, activations);
  for (size_t i = 0; i < 8; ++i) EXPECT_EQ(activations[i] >= 0.5F, head.bias[i] >= 0) << i;
  EXPECT_EQ(activations[6], 1);
  EXPECT_EQ(activations[7], 0);
}

TEST(ApplyLatent, OtherActivationsAreAtTheirThresholdWhereTheSumIsZero) {
  Random random(6);
  for (const auto& [activation, threshold] : {std::pair{Activation::kTanh, 0.0F},
                                              {Activation::kTanh, -0.5F},
                                              {Activation::kSigmoid, 0.9F}}) {
    HashHead head = RandomHead(64, 9, &random);
    head.activation = activation;
    head.threshold = threshold;
    head.bias[0] = 0;
    for (size_t i = 0; i < 9; ++i) head.weights[i] = 0;
    const std::vector<float> feature = RandomFloats(9, &random);
    std::vector<float> activations(64);
    ApplyLatent(head, feature, 1, activations);
    EXPECT_EQ(activations[0], threshold);
    std::vector<uint8_t> code(CodeBytes(64));
    ApplyHead(head, feature, code);
    for (size_t i = 0; i < 64; ++i) {
      const float sum = DotTwin(feature.data(), &head.weights[i * 9], 9) + head.bias[i];
      const double unit = Activate(activation, sum + SumFor(activation, threshold));
      EXPECT_NEAR(activations[i], unit, 1e-6);
      EXPECT_EQ(activations[i] >= threshold, (code[i / 8] >> (i % 8) & 1) == 1);
    }
  }
}

TEST(Activation, TheSumForAValueGivesIt) {
  for (const double value : {-0.99, -0.5, 0.0, 0.1, 0.5, 0.75, 0.999}) {
    EXPECT_NEAR(Activate(Activation::kTanh, SumFor(Activation::kTanh, value)), value, 1e-12);
    if (value <= 0) continue;
    EXPECT_NEAR(Activate(Activation::kSigmoid, SumFor(Activation::kSigmoid, value)), value, 1e-12);
  }
  EXPECT_EQ(SumFor(Activation::kSigmoid, 0.5), 0);
  EXPECT_FALSE(ParseActivation("relu").ok());
}

}  // namespace
}  // namespace hashlens
