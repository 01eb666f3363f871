#include "hash/procrustes.h"

#include <Eigen/SVD>

namespace hashlens {

RowMatrix NearestRotation(const RowMatrix& correlation) {
  const Eigen::BDCSVD<RowMatrix> svd(correlation, Eigen::ComputeFullU | Eigen::ComputeFullV);
  return svd.matrixU() * svd.matrixV().transpose();
}

}  // namespace hashlens
