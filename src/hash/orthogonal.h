// Random orthonormal rows.
#ifndef HASHLENS_HASH_ORTHOGONAL_H_
#define HASHLENS_HASH_ORTHOGONAL_H_

#include "base/random.h"
#include "hash/matrix.h"

namespace hashlens {

// Replaces the rows from `first` on by random ones, orthonormal among themselves and to the rows
// before, which must be orthonormal already. At most as many rows as columns.
void CompleteOrthonormalRows(Eigen::Index first, Random* random, RowMatrix* rows);

// A size x size orthogonal matrix, uniformly distributed.
RowMatrix RandomOrthogonal(Eigen::Index size, Random* random);

}  // namespace hashlens

#endif  // HASHLENS_HASH_ORTHOGONAL_H_
