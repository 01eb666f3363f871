// What searches lose when features are reduced, measured on a library's own images.
#ifndef HASHLENS_LIBRARY_REDUCTION_LOSS_H_
#define HASHLENS_LIBRARY_REDUCTION_LOSS_H_

#include <cstdint>
#include <span>
#include <stop_token>

#include "hash/fit.h"
#include "hash/reduction.h"
#include "hashlens/types.h"

namespace hashlens {

struct ReductionLoss {
  uint64_t queries = 0;
  uint64_t sample = 0;
  // Of the 10 nearest by full feature, how many are among the 10 nearest by reduced feature; fewer
  // than 10 where the sample is smaller. 1 when nothing can be compared.
  double overlap = 1;
  double distance_change = 0;  // mean absolute change of the distances to the 10 nearest by full
};

// Compares up to `queries` of the sample, spread evenly over it, with all of the sample but
// themselves; distances as re-ranking has them, centred on the means. Always the same for the same
// features. kCancelled when stopped. Memory: some thousand bytes a query, and the queries'
// features.
Result<ReductionLoss> MeasureReductionLoss(const FeatureSource& sample, uint64_t queries,
                                           const Reduction& reduction,
                                           std::span<const float> full_mean,
                                           std::span<const float> reduced_mean,
                                           const ProgressFunction& progress, std::stop_token stop);

}  // namespace hashlens

#endif  // HASHLENS_LIBRARY_REDUCTION_LOSS_H_
