// Matrix products whose every bit is defined, so that a fit gives the same head on every CPU.
#ifndef HASHLENS_HASH_PRODUCTS_H_
#define HASHLENS_HASH_PRODUCTS_H_

#include <cstddef>

namespace hashlens {

// The left factor of a product, stored either way round: element (i, k) is data[i * row_stride + k
// * step_stride].
struct LeftFactor {
  const float* data;
  size_t row_stride;
  size_t step_stride;
};

// Terms that are summed in one go.
inline constexpr size_t kProductSteps = 128;

// out[i * out_stride + j] = sum over k of left(i, k) * right[k * right_stride + j], for i < rows, j
// < columns, k < steps. Order of summation: runs of kProductSteps terms from the first on, each run
// summed from 0 term by term, the run's sum then added to the sum of the runs before; each product
// and each sum rounded to float. The same on every instruction set. Thread-safe.
void Product(const LeftFactor& left, const float* right, size_t right_stride, size_t rows,
             size_t columns, size_t steps, float* out, size_t out_stride);

}  // namespace hashlens

#endif  // HASHLENS_HASH_PRODUCTS_H_
