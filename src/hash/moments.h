// Mean and covariance of features, in one pass.
#ifndef HASHLENS_HASH_MOMENTS_H_
#define HASHLENS_HASH_MOMENTS_H_

#include <stop_token>
#include <vector>

#include "hash/fit.h"
#include "hash/matrix.h"

namespace hashlens {

struct Moments {
  std::vector<double> mean;        // dim
  double mean_squared_length = 0;  // of the rows as they are, not centred
  Eigen::MatrixXd
      covariance;  // dim x dim, lower triangle only; the sums are divided by the number of rows
};

// Needs at least one row. Without `with_covariance` only mean and length are computed.
Result<Moments> ComputeMoments(const FeatureSource& source, bool with_covariance,
                               std::stop_token stop);

}  // namespace hashlens

#endif  // HASHLENS_HASH_MOMENTS_H_
