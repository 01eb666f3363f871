// Iterative Quantization (Gong and Lazebnik 2011, section 2.2).
#ifndef HASHLENS_HASH_ITQ_H_
#define HASHLENS_HASH_ITQ_H_

#include <stop_token>

#include "base/random.h"
#include "hash/fit.h"
#include "hash/matrix.h"
#include "hash/pca.h"

namespace hashlens {

// The weights (bits x dim) of an ITQ head: the basis turned by the rotation that brings the
// projected features nearest to the corners of a cube, from a random start, after `iterations`
// rounds. Goes through the source once. kIoError when there is no memory for rows x bits floats.
Result<RowMatrix> ItqWeights(const FeatureSource& source, const std::vector<double>& mean,
                             const Components& components, int iterations, Random* random,
                             std::stop_token stop);

}  // namespace hashlens

#endif  // HASHLENS_HASH_ITQ_H_
