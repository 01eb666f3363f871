#include "hash/moments.h"

#include <algorithm>

#include "base/parallel.h"
#include "base/try.h"
#include "hash/products.h"
#include "hash/row_blocks.h"

namespace hashlens {
namespace {

using FloatRows = Eigen::Map<const RowMatrixF>;

constexpr size_t kPanelColumns = 64;

// Sum over the rows of (row - shift)(row - shift)^T, lower triangle. Each block's products are
// summed in float and the blocks in double; the shift is near the mean, so that little is lost when
// the mean's part is taken off.
class Scatter {
 public:
  explicit Scatter(Eigen::Index dim) : block_sum_(dim, dim), sum_(RowMatrix::Zero(dim, dim)) {}

  void Add(const FloatRows& rows) {
    if (shift_.size() == 0) shift_ = rows.cast<double>().colwise().mean().cast<float>();
    shifted_ = rows.rowwise() - shift_;
    const size_t dim = static_cast<size_t>(rows.cols());
    ParallelFor((dim + kPanelColumns - 1) / kPanelColumns, [&](size_t panel) {
      const size_t first = panel * kPanelColumns;
      const size_t columns = std::min(kPanelColumns, dim - first);
      const float* from = shifted_.data() + first;
      Product({from, 1, dim}, from, dim, dim - first, columns, static_cast<size_t>(rows.rows()),
              block_sum_.data() + first * dim + first, dim);
      const Eigen::Index corner = static_cast<Eigen::Index>(first);
      const Eigen::Index height = static_cast<Eigen::Index>(dim - first);
      const Eigen::Index width = static_cast<Eigen::Index>(columns);
      sum_.block(corner, corner, height, width) +=
          block_sum_.block(corner, corner, height, width).cast<double>();
    });
  }

  Eigen::MatrixXd Covariance(double rows, const Eigen::VectorXd& mean) const {
    const Eigen::VectorXd offset = mean - shift_.transpose().cast<double>();
    Eigen::MatrixXd covariance = sum_ / rows;
    for (Eigen::Index c = 0; c < covariance.cols(); ++c) covariance.col(c) -= offset[c] * offset;
    return covariance;
  }

 private:
  Eigen::RowVectorXf shift_;
  RowMatrixF shifted_;
  RowMatrixF block_sum_;
  RowMatrix sum_;
};

}  // namespace

Result<Moments> ComputeMoments(const FeatureSource& source, bool with_covariance,
                               std::stop_token stop) {
  const Eigen::Index dim = source.dim();
  Eigen::VectorXd sum = Eigen::VectorXd::Zero(dim);
  double squares = 0;
  Scatter scatter(with_covariance ? dim : 0);
  HL_TRY(ForEachRowBlock(source, stop, [&](std::span<const float> values) -> Status {
    const FloatRows rows(values.data(), static_cast<Eigen::Index>(values.size()) / dim, dim);
    for (Eigen::Index r = 0; r < rows.rows(); ++r) {
      sum += rows.row(r).transpose().cast<double>();
      squares += rows.row(r).cast<double>().squaredNorm();
    }
    if (with_covariance) scatter.Add(rows);
    return {};
  }));
  const double count = static_cast<double>(source.rows());
  sum /= count;
  Moments moments;
  moments.mean.assign(sum.begin(), sum.end());
  moments.mean_squared_length = squares / count;
  if (with_covariance) moments.covariance = scatter.Covariance(count, sum);
  return moments;
}

}  // namespace hashlens
