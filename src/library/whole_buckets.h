// Ranking whole buckets, or all images, by their features: any number of them, in little memory.
#ifndef HASHLENS_LIBRARY_WHOLE_BUCKETS_H_
#define HASHLENS_LIBRARY_WHOLE_BUCKETS_H_

#include <cstdint>
#include <span>
#include <vector>

#include "hashlens/bitmap.h"
#include "hashlens/options.h"
#include "hashlens/types.h"
#include "library/snapshot.h"

namespace hashlens {

struct RankedBucket {
  std::vector<Hit> hits;    // the best options.k by (distance, id): id, hamming and distance
  uint64_t candidates = 0;  // images in the bucket
};

// For each of the features (dim floats of unit length rounded to fp16) and its code (CodeBytes of
// the head): the images within options.bucket of the code, or all with options.all_features.
// Features are read once for up to 256 queries, fewer for a very large k, so that what is needed
// beside the hits stays below 300 MB. Progress counts the rows of all passes. allowed as of
// SearchFeatures. kCancelled by options.stop; kCorruption, kIoError of the feature files.
Result<std::vector<RankedBucket>> RankWholeBuckets(const Snapshot& snapshot,
                                                   const std::vector<std::vector<float>>& features,
                                                   std::span<const uint8_t> codes,
                                                   const SearchOptions& options,
                                                   const Bitmap* allowed, int threads);

}  // namespace hashlens

#endif  // HASHLENS_LIBRARY_WHOLE_BUCKETS_H_
