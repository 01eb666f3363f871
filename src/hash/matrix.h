// The matrix types of the fits. Eigen is used for decompositions, on one thread and without a BLAS;
// large products are hash/products.h's. So a fit depends neither on the number of threads nor on
// the CPU.
#ifndef HASHLENS_HASH_MATRIX_H_
#define HASHLENS_HASH_MATRIX_H_

#include <Eigen/Core>

namespace hashlens {

// Row by row, as features are stored.
using RowMatrix = Eigen::Matrix<double, Eigen::Dynamic, Eigen::Dynamic, Eigen::RowMajor>;
using RowMatrixF = Eigen::Matrix<float, Eigen::Dynamic, Eigen::Dynamic, Eigen::RowMajor>;

}  // namespace hashlens

#endif  // HASHLENS_HASH_MATRIX_H_
