#include "eval/baselines.h"

#include <gtest/gtest.h>

#include <bit>

#include "base/half.h"
#include "hash/test_features.h"

namespace hashlens {
namespace {

constexpr int kDim = 24;
constexpr size_t kClusters = 5;
constexpr size_t kRows = 400;
constexpr size_t kQueries = 40;

Features HalfFeatures(const std::vector<float>& values) {
  Features features{kDim, {}};
  for (const float value : values) features.half.push_back(HalfFromFloat(value));
  return features;
}

std::vector<std::vector<int>> Labels(size_t rows) {
  std::vector<std::vector<int>> labels;
  for (size_t row = 0; row < rows; ++row) labels.push_back({static_cast<int>(row % kClusters)});
  return labels;
}

class Baselines : public testing::Test {
 protected:
  Baselines()
      : all_(ClusteredFeatures(kRows + kQueries, kDim, kClusters, 0.5, 1)),
        database_(HalfFeatures({all_.begin(), all_.begin() + kRows * kDim})),
        queries_(HalfFeatures({all_.begin() + kRows * kDim, all_.end()})),
        relevance_(kClusters, Labels(kRows), Labels(kQueries),
                   std::vector<std::optional<uint32_t>>(kQueries)) {}

  BaselineInput Input(int bits) {
    CoreOptions core;
    core.k = 50;
    return {relevance_, database_, queries_, bits, 1, core};
  }

  std::vector<float> all_;
  Features database_;
  Features queries_;
  Relevance relevance_;
};

TEST_F(Baselines, AllOfThemFindClustersThatLieApart) {
  EvalReport report;
  const Status status = AddBaselines(Input(16), &report);
  ASSERT_TRUE(status.ok()) << status.message();
  ASSERT_GE(report.methods.size() + report.notes.size(), 7u);
  for (const EvalMethod& method : report.methods) {  // by chance mAP is 0.2
    EXPECT_TRUE(method.baseline);
    EXPECT_GT(method.map_at_k, 0.6) << method.name;
    EXPECT_GT(method.bytes_per_image, 0) << method.name;
    // 400 rows are fewer than a tree may look at: it finds everything.
    EXPECT_EQ(method.neighbours_found_10.value_or(1), 1) << method.name;
    EXPECT_GT(method.neighbours_found_k.value_or(1), 0.999) << method.name;
  }
}

TEST_F(Baselines, WhatCannotBeFittedIsANote) {
  EvalReport report;
  ASSERT_TRUE(AddHashBaselines(Input(kDim + 1), &report).ok());
  ASSERT_EQ(report.methods.size(), 1u);  // LSH takes any length
  EXPECT_EQ(report.methods[0].name, "LSH");
  EXPECT_EQ(report.notes.size(), 3u);
}

TEST_F(Baselines, SpheresHoldHalfEachAndShareAQuarter) {
  const Vectors rows = Centred(database_, MeanOf(database_), 1);
  const Spheres spheres = FitSpheres(rows, 12, 1);
  const Codes codes = CodesOf(spheres, rows, 2);
  const auto bit = [&](size_t row, size_t b) { return codes.Row(row)[b / 8] >> (b % 8) & 1; };
  double shared = 0;
  for (size_t a = 0; a < 12; ++a) {
    size_t inside = 0;
    for (size_t row = 0; row < kRows; ++row) inside += bit(row, a) != 0 ? 1 : 0;
    EXPECT_NEAR(static_cast<double>(inside), kRows / 2.0, 2) << a;
    for (size_t b = 0; b < a; ++b) {
      for (size_t row = 0; row < kRows; ++row)
        shared += bit(row, a) != 0 && bit(row, b) != 0 ? 1.0 / (66 * kRows) : 0;
    }
  }
  EXPECT_NEAR(shared, 0.25, 0.06);
  EXPECT_EQ(CodesOf(FitSpheres(rows, 12, 1), rows, 1).bytes, codes.bytes);
}

}  // namespace
}  // namespace hashlens
