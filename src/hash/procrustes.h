// The orthogonal Procrustes problem, in a file of its own: Eigen's SVD takes half a minute to
// compile.
#ifndef HASHLENS_HASH_PROCRUSTES_H_
#define HASHLENS_HASH_PROCRUSTES_H_

#include "hash/matrix.h"

namespace hashlens {

// U V^T for the singular value decomposition U S V^T of a square matrix: the rotation or reflection
// R for which trace(R^T correlation) is largest (Schönemann 1966; equation 3 of Gong and Lazebnik
// 2011). One thread; the same result on every machine with the same instruction set.
RowMatrix NearestRotation(const RowMatrix& correlation);

}  // namespace hashlens

#endif  // HASHLENS_HASH_PROCRUSTES_H_
