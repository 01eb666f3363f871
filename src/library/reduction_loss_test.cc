#include "library/reduction_loss.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <tuple>

#include "hash/test_features.h"

namespace hashlens {
namespace {

// Distances and neighbours in double, straight from the definition.
class Oracle {
 public:
  Oracle(std::vector<float> rows, size_t dim, const std::vector<float>& mean)
      : rows_(std::move(rows)), dim_(dim) {
    for (size_t first = 0; first < rows_.size(); first += dim) {
      double squares = 0;
      for (size_t i = 0; i < dim; ++i) {
        rows_[first + i] -= mean[i];
        squares += double{rows_[first + i]} * rows_[first + i];
      }
      for (size_t i = 0; i < dim; ++i)
        rows_[first + i] = static_cast<float>(rows_[first + i] / std::sqrt(squares));
    }
  }
  double Distance(size_t a, size_t b) const {
    double sum = 0;
    for (size_t i = 0; i < dim_; ++i)
      sum += std::pow(double{rows_[a * dim_ + i]} - rows_[b * dim_ + i], 2);
    return std::sqrt(sum);
  }
  std::vector<size_t> Nearest(size_t query, size_t count) const {
    std::vector<std::tuple<double, size_t>> all;
    for (size_t row = 0; row < rows_.size() / dim_; ++row)
      if (row != query) all.emplace_back(Distance(query, row), row);
    std::sort(all.begin(), all.end());
    std::vector<size_t> nearest;
    for (size_t i = 0; i < std::min(count, all.size()); ++i) nearest.push_back(std::get<1>(all[i]));
    return nearest;
  }

 private:
  std::vector<float> rows_;
  size_t dim_;
};

TEST(ReductionLoss, AgreesWithItsDefinition) {
  for (const size_t count : {700, 7}) {
    const VectorSource source(ClusteredFeatures(count, 48, 5, 0.5, 11), 48, 90);
    const auto pca = FitPca(source, 6);
    ASSERT_TRUE(pca.ok());
    const auto reduced = Reduce(*pca, source.values());
    ASSERT_TRUE(reduced.ok());
    const std::vector<float> reduced_mean(6, 0);
    const uint64_t queries = 130;
    const auto loss = MeasureReductionLoss(source, queries, *pca, pca->mean, reduced_mean, {}, {});
    ASSERT_TRUE(loss.ok());
    const size_t asked = std::min<size_t>(queries, count);
    EXPECT_EQ(loss->queries, asked);
    EXPECT_EQ(loss->sample, count);
    const Oracle full(source.values(), 48, pca->mean);
    const Oracle less(*reduced, 6, reduced_mean);
    double found = 0, nearest = 0, change = 0;
    for (size_t i = 0; i < asked; ++i) {
      const size_t query = i * count / asked;
      const auto right = full.Nearest(query, 10);
      const auto now = less.Nearest(query, 10);
      for (const size_t row : right) {
        ++nearest;
        found += static_cast<double>(std::ranges::count(now, row));
        change += std::abs(full.Distance(query, row) - less.Distance(query, row));
      }
    }
    EXPECT_NEAR(loss->overlap, found / nearest, 0.002);  // rows as near as float can tell
    EXPECT_NEAR(loss->distance_change, change / nearest, 1e-4);
    EXPECT_LT(loss->overlap, count > 10 ? 0.95 : 1.01);
  }
}

TEST(ReductionLoss, EqualFeaturesAreNotLost) {
  std::vector<float> values = ClusteredFeatures(100, 16, 4, 0.5, 2);
  const std::vector<float> once = values;
  for (int copy = 0; copy < 3; ++copy) values.insert(values.end(), once.begin(), once.end());
  const VectorSource source(std::move(values), 16);
  const std::vector<float> mean(16, 0.1f);
  const auto loss = MeasureReductionLoss(source, 1000, Int8Reduction(16), mean, mean, {}, {});
  ASSERT_TRUE(loss.ok());
  EXPECT_EQ(loss->queries, 400u);
  EXPECT_GT(loss->overlap, 0.9);
  EXPECT_LT(loss->distance_change, 0.01);
}

TEST(ReductionLoss, NothingToCompareIsNoLoss) {
  const std::vector<float> mean(16, 0);
  for (const size_t count : {0, 1}) {
    const VectorSource source(ClusteredFeatures(count, 16, 1, 0.5, 2), 16);
    const auto loss = MeasureReductionLoss(source, 10, Int8Reduction(16), mean, mean, {}, {});
    ASSERT_TRUE(loss.ok());
    EXPECT_EQ(loss->queries, count);
    EXPECT_EQ(loss->overlap, 1);
    EXPECT_EQ(loss->distance_change, 0);
  }
}

TEST(ReductionLoss, StopsWhenAsked) {
  const VectorSource source(ClusteredFeatures(50, 16, 1, 0.5, 2), 16);
  const std::vector<float> mean(16, 0);
  std::stop_source stop;
  stop.request_stop();
  EXPECT_EQ(MeasureReductionLoss(source, 10, Int8Reduction(16), mean, mean, {}, stop.get_token())
                .status()
                .code(),
            StatusCode::kCancelled);
}

}  // namespace
}  // namespace hashlens
