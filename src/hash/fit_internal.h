// What FitHead and HeadFromDirections share.
#ifndef HASHLENS_HASH_FIT_INTERNAL_H_
#define HASHLENS_HASH_FIT_INTERNAL_H_

#include <span>
#include <string_view>

#include "hash/fit.h"
#include "hash/matrix.h"

namespace hashlens {

// kInvalidArgument unless kMinBits <= bits <= kMaxBits, 1 <= dim <= kMaxDim and iterations >= 0.
Status CheckHeadOptions(int bits, int dim, int iterations);

// The head with these weights (bits x dim) and thresholds at the mean.
HashHead CentredHead(std::string_view method, uint64_t seed, const RowMatrix& weights,
                     std::span<const float> mean);

}  // namespace hashlens

#endif  // HASHLENS_HASH_FIT_INTERNAL_H_
