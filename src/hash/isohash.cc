#include "hash/isohash.h"

#include <Eigen/Eigenvalues>

#include "hash/orthogonal.h"
#include "hash/row_blocks.h"

namespace hashlens {

Result<RowMatrix> IsoHashWeights(const Components& components, int iterations, Random* random,
                                 std::stop_token stop) {
  const Eigen::VectorXd& variance = components.variance;
  const double mean_variance = variance.mean();
  // Rows of `rotation` are the new directions in the basis; their covariance is rotation * variance
  // * rotation^T.
  RowMatrix rotation = RandomOrthogonal(variance.size(), random);
  for (int i = 0; i < iterations; ++i) {
    if (stop.stop_requested()) return FitCancelled();
    // Projection: the nearest matrix with the wanted diagonal.
    Eigen::MatrixXd covariance = rotation * variance.asDiagonal() * rotation.transpose();
    covariance.diagonal().setConstant(mean_variance);
    // Lift: the nearest matrix with the wanted eigenvalues has the same eigenvectors, in the same
    // order.
    const Eigen::SelfAdjointEigenSolver<Eigen::MatrixXd> solver(covariance);
    rotation = solver.eigenvectors().rowwise().reverse();
  }
  return RowMatrix(rotation * components.basis);
}

}  // namespace hashlens
