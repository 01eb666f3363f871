// Isotropic Hashing (Kong and Li 2012), by lift and projection.
#ifndef HASHLENS_HASH_ISOHASH_H_
#define HASHLENS_HASH_ISOHASH_H_

#include <stop_token>

#include "base/random.h"
#include "hash/matrix.h"
#include "hash/pca.h"

namespace hashlens {

// The weights (bits x dim) of an IsoHash head: the basis turned so that all bits have the same
// variance.
Result<RowMatrix> IsoHashWeights(const Components& components, int iterations, Random* random,
                                 std::stop_token stop);

}  // namespace hashlens

#endif  // HASHLENS_HASH_ISOHASH_H_
