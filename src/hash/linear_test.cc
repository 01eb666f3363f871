#include <gtest/gtest.h>

#include <cmath>

#include "base/random.h"
#include "hash/isohash.h"
#include "hash/moments.h"
#include "hash/orthogonal.h"
#include "hash/pca.h"
#include "hash/row_blocks.h"
#include "hash/test_features.h"

namespace hashlens {
namespace {

TEST(Random, LogarithmAgreesWithTheLibrary) {
  Random random(5);
  for (int i = 0; i < 20000; ++i) {
    const double x =
        std::ldexp(0.5 + random.Uniform(), static_cast<int>(random.Uniform() * 120) - 100);
    EXPECT_NEAR(PortableLog(x), std::log(x), 1e-15 * (1 + std::abs(std::log(x)))) << x;
  }
  EXPECT_EQ(PortableLog(1.0), 0.0);
}

TEST(Random, NormalHasItsMomentsAndNeverChanges) {
  Random random(1);
  double sum = 0, squares = 0, fourths = 0;
  const int count = 200000;
  for (int i = 0; i < count; ++i) {
    const double x = random.Normal();
    sum += x;
    squares += x * x;
    fourths += x * x * x * x;
  }
  EXPECT_NEAR(sum / count, 0, 0.01);
  EXPECT_NEAR(squares / count, 1, 0.02);
  EXPECT_NEAR(fourths / count, 3, 0.1);
  // Fitted heads are told by their seed: these values must stay for ever.
  Random pinned(1);
  for (const double expected :
       {-0x1.42c3b2b72217p-5, -0x1.8c1da014dda08p-2, -0x1.fdd85e535a47ap-3, 0x1.5fa75918ca312p-1}) {
    EXPECT_EQ(pinned.Normal(), expected);
  }
}

TEST(Orthogonal, RowsAreOrthonormalForEverySizeUpToTheWidth) {
  Random random(2);
  for (Eigen::Index size : {1, 2, 3, 17, 128, 512}) {
    const RowMatrix q = RandomOrthogonal(size, &random);
    EXPECT_LT((q * q.transpose() - RowMatrix::Identity(size, size)).cwiseAbs().maxCoeff(), 1e-13)
        << size;
  }
}

RowMatrix Centred(const std::vector<float>& values, Eigen::Index dim) {
  const RowMatrix rows = Eigen::Map<const RowMatrixF>(
                             values.data(), static_cast<Eigen::Index>(values.size()) / dim, dim)
                             .cast<double>();
  return rows.rowwise() - rows.colwise().mean();
}

TEST(Moments, AgreeWithTheDefinition) {
  const int dim = 40;
  const VectorSource source(ClusteredFeatures(2 * kRowsPerBlock + 77, dim, 9, 0.5, 4), dim);
  const Result<Moments> moments = ComputeMoments(source, true, {});
  ASSERT_TRUE(moments.ok());
  const RowMatrix rows = Centred(source.values(), dim);
  const Eigen::MatrixXd expected = rows.transpose() * rows / static_cast<double>(rows.rows());
  const Eigen::MatrixXd full = moments->covariance.selfadjointView<Eigen::Lower>();
  EXPECT_LT((full - expected).cwiseAbs().maxCoeff(), 1e-6 * expected.trace());
  EXPECT_NEAR(moments->mean_squared_length, 1, 1e-6);
  double mean0 = 0;
  for (uint64_t r = 0; r < source.rows(); ++r)
    mean0 += static_cast<double>(source.values()[r * dim]);
  EXPECT_NEAR(moments->mean[0], mean0 / static_cast<double>(source.rows()), 1e-12);
}

TEST(PrincipalComponents, AreEigenvectorsByFallingVariance) {
  const int dim = 60, count = 20;
  const VectorSource source(ClusteredFeatures(1000, dim, 11, 0.7, 8), dim);
  Result<Moments> moments = ComputeMoments(source, true, {});
  ASSERT_TRUE(moments.ok());
  const Eigen::MatrixXd covariance = moments->covariance.selfadjointView<Eigen::Lower>();
  Random random(1);
  const Result<Components> components = PrincipalComponents(&*moments, count, &random);
  ASSERT_TRUE(components.ok());
  const RowMatrix& basis = components->basis;
  EXPECT_LT((basis * basis.transpose() - RowMatrix::Identity(count, count)).cwiseAbs().maxCoeff(),
            1e-12);
  for (Eigen::Index i = 0; i < count; ++i) {
    const Eigen::VectorXd row = basis.row(i).transpose();
    EXPECT_LT((covariance * row - components->variance[i] * row).norm(), 1e-12);
    EXPECT_EQ(row.maxCoeff(), row.cwiseAbs().maxCoeff());
    if (i > 0) {
      EXPECT_LE(components->variance[i], components->variance[i - 1]);
    }
  }
  EXPECT_GT(components->variance[count - 1], 0);
}

TEST(PrincipalComponents, AreCompletedWhereTheFeaturesDoNotVary) {
  const int dim = 32, count = 32;
  Random random(6);
  std::vector<float> values(300 * dim);
  for (size_t r = 0; r < 300; ++r) {  // three dimensions vary
    for (size_t i = 0; i < 3; ++i) values[r * dim + i] = static_cast<float>(random.Normal());
    values[r * dim + 5] = 0.5f;
  }
  Result<Moments> moments = ComputeMoments(VectorSource(values, dim), true, {});
  ASSERT_TRUE(moments.ok());
  const Result<Components> components = PrincipalComponents(&*moments, count, &random);
  ASSERT_TRUE(components.ok());
  const RowMatrix& basis = components->basis;
  EXPECT_LT((basis * basis.transpose() - RowMatrix::Identity(count, count)).cwiseAbs().maxCoeff(),
            1e-12);
  EXPECT_GT(components->variance[2], 0.5);
  EXPECT_EQ(components->variance.tail(count - 3).cwiseAbs().maxCoeff(), 0.0);
}

TEST(IsoHash, MakesTheVariancesOfAllBitsEqual) {
  const Eigen::Index bits = 48;
  Components components{RowMatrix::Identity(bits, bits), Eigen::VectorXd(bits)};
  for (Eigen::Index i = 0; i < bits; ++i)
    components.variance[i] = std::exp(-0.15 * static_cast<double>(i));
  Random random(9);
  const Result<RowMatrix> weights = IsoHashWeights(components, 50, &random, {});
  ASSERT_TRUE(weights.ok());
  EXPECT_LT(
      (*weights * weights->transpose() - RowMatrix::Identity(bits, bits)).cwiseAbs().maxCoeff(),
      1e-12);
  const Eigen::VectorXd variances =
      (*weights * components.variance.asDiagonal() * weights->transpose()).diagonal();
  const double mean = components.variance.mean();
  EXPECT_LT((variances.array() - mean).abs().maxCoeff(), 0.01 * mean);
}

}  // namespace
}  // namespace hashlens
