// Dot products whose every bit is defined, so that codes do not depend on the CPU.
#ifndef HASHLENS_HASH_DOTS_H_
#define HASHLENS_HASH_DOTS_H_

#include <cstddef>

namespace hashlens {

// sums[r * bits + b] = rows[r] . weights[b] for `count` rows and `bits` weights of dim floats each.
// Order of summation: 16 partial sums, the j-th over elements j, j + 16, j + 32, ... in this order,
// each product and each sum rounded to float (elements past dim count as 0); then the upper half is
// added to the lower half, 16 to 8 to 4 to 2 to 1. The same on every instruction set. Thread-safe.
void Dots(const float* weights, size_t bits, const float* rows, size_t count, size_t dim,
          float* sums);

}  // namespace hashlens

#endif  // HASHLENS_HASH_DOTS_H_
