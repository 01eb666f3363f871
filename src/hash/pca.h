// Principal components.
#ifndef HASHLENS_HASH_PCA_H_
#define HASHLENS_HASH_PCA_H_

#include "base/random.h"
#include "hash/moments.h"

namespace hashlens {

struct Components {
  RowMatrix basis;           // count x dim, orthonormal rows, by falling variance
  Eigen::VectorXd variance;  // count, never negative
};

// The `count` directions of the largest variance, 1 <= count <= dim; in each, the element of the
// largest magnitude is positive. Where the features vary in fewer directions, random orthonormal
// ones (of variance 0) complete the basis. Consumes moments->covariance. The same whatever the
// number of threads.
Result<Components> PrincipalComponents(Moments* moments, int count, Random* random);

}  // namespace hashlens

#endif  // HASHLENS_HASH_PCA_H_
