#include "index/rerank.h"

#include <gtest/gtest.h>

#include <cmath>
#include <limits>
#include <random>
#include <vector>

#include "base/half.h"
#include "index/target_test.h"

namespace hashlens {
namespace {

std::vector<float> RandomFloats(size_t count, float shift, std::mt19937* random) {
  std::normal_distribution<float> normal(shift, 1);
  std::vector<float> values(count);
  for (float& value : values) value = FloatFromHalf(HalfFromFloat(normal(*random)));
  return values;
}

std::vector<double> CentredInDouble(const std::vector<float>& feature,
                                    const std::vector<float>& mean) {
  std::vector<double> centred(feature.size());
  double sum = 0;
  for (size_t i = 0; i < feature.size(); ++i) {
    centred[i] = double{feature[i]} - double{mean[i]};
    sum += centred[i] * centred[i];
  }
  for (double& value : centred) value = sum > 0 ? value / std::sqrt(sum) : 0;
  return centred;
}

std::vector<uint16_t> Halves(const std::vector<float>& feature) {
  std::vector<uint16_t> halves(feature.size());
  for (size_t i = 0; i < feature.size(); ++i) halves[i] = HalfFromFloat(feature[i]);
  return halves;
}

TEST(Rerank, EqualsDoublePrecisionOnEveryTarget) {
  std::mt19937 random(2);
  std::vector<size_t> dims = {128, 256, 512, 1280, 1281, 1343};
  for (size_t dim = 0; dim <= 129; ++dim) dims.push_back(dim);
  for (size_t dim : dims) {
    const std::vector<float> mean = RandomFloats(dim, 0.3f, &random);
    const std::vector<float> feature = RandomFloats(dim, 0.5f, &random);
    const std::vector<float> stored = RandomFloats(dim, 0.5f, &random);
    const std::vector<double> a = CentredInDouble(feature, mean);
    const std::vector<double> b = CentredInDouble(stored, mean);
    double sum = 0;
    for (size_t i = 0; i < dim; ++i) sum += (a[i] - b[i]) * (a[i] - b[i]);
    const std::vector<uint16_t> stored_halves = Halves(stored);
    const std::vector<uint16_t> own_halves = Halves(feature);
    ForEachTarget([&] {
      std::vector<float> query = feature;
      CentreAndNormalise(query, mean);
      for (size_t i = 0; i < dim; ++i) ASSERT_NEAR(query[i], a[i], 1e-5) << dim;
      EXPECT_NEAR(CentredDistance(query, mean, stored_halves.data()), std::sqrt(sum), 1e-5) << dim;
      EXPECT_LE(CentredDistance(query, mean, own_halves.data()), 1e-6) << dim;
    });
  }
}

TEST(Rerank, AcceptsRowsAtAnyEvenAddressAndReadsNothingBehindThem) {
  std::mt19937 random(3);
  for (size_t dim : {1u, 5u, 31u, 33u, 77u}) {
    const std::vector<float> mean(dim, 0);
    const std::vector<float> feature = RandomFloats(dim, 0, &random);
    const std::vector<uint16_t> row = Halves(RandomFloats(dim, 0, &random));
    std::vector<float> query = feature;
    CentreAndNormalise(query, mean);
    const float expected = CentredDistance(query, mean, row.data());
    for (size_t shift = 1; shift < 32; ++shift) {
      std::vector<uint16_t> shifted(shift + dim);  // the sanitizer watches its end
      std::copy(row.begin(), row.end(), shifted.begin() + static_cast<ptrdiff_t>(shift));
      EXPECT_EQ(CentredDistance(query, mean, shifted.data() + shift), expected);
    }
  }
}

TEST(Rerank, ZeroVectors) {
  const std::vector<float> mean(40, 0.5f);
  const std::vector<uint16_t> equal_to_mean(40, HalfFromFloat(0.5f));
  ForEachTarget([&] {
    std::vector<float> zero = mean;
    CentreAndNormalise(zero, mean);
    EXPECT_EQ(zero, std::vector<float>(40, 0));
    EXPECT_EQ(CentredDistance(zero, mean, equal_to_mean.data()), 0);
    std::vector<float> query(40, 1);
    CentreAndNormalise(query, mean);
    EXPECT_NEAR(CentredDistance(query, mean, equal_to_mean.data()), 1, 1e-6);
  });
}

TEST(Rerank, DistancesStayBetweenZeroAndTwo) {
  const std::vector<float> mean(64, 0);
  const std::vector<uint16_t> opposite(64, HalfFromFloat(-7));
  std::vector<uint16_t> broken(64, HalfFromFloat(1));
  ForEachTarget([&] {
    std::vector<float> query(64, 3);
    CentreAndNormalise(query, mean);
    EXPECT_NEAR(CentredDistance(query, mean, opposite.data()), 2, 1e-6);
    EXPECT_LE(CentredDistance(query, mean, opposite.data()), 2);
    for (float bad :
         {std::numeric_limits<float>::infinity(), std::numeric_limits<float>::quiet_NaN()}) {
      broken[10] = HalfFromFloat(bad);
      const float distance = CentredDistance(query, mean, broken.data());
      EXPECT_TRUE(distance >= 0 && distance <= 2) << distance;
    }
  });
}

TEST(Rerank, ReadsEveryFiniteHalf) {
  // Two values a row: the direction tells the first one, subnormal or large, against a known
  // second.
  const std::vector<float> mean(32, 0);
  ForEachTarget([&] {
    for (uint32_t bits = 1; bits < 0x7c00; bits += 7) {
      std::vector<uint16_t> row(32, 0);
      row[3] = static_cast<uint16_t>(bits);
      row[20] = static_cast<uint16_t>(bits | 0x8000);
      std::vector<float> query(32, 0);
      query[3] = FloatFromHalf(row[3]);
      query[20] = FloatFromHalf(row[20]);
      CentreAndNormalise(query, mean);
      ASSERT_NEAR(query[3], std::sqrt(0.5), 1e-6) << bits;
      ASSERT_LE(CentredDistance(query, mean, row.data()), 1e-6) << bits;
    }
  });
}

}  // namespace
}  // namespace hashlens
