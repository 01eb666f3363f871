// Distances between features, for putting the candidates in order.
#ifndef HASHLENS_INDEX_RERANK_H_
#define HASHLENS_INDEX_RERANK_H_

#include <cstddef>
#include <cstdint>
#include <span>

namespace hashlens {

// normalised(f - mean), in place: the form in which features are compared. A zero vector stays
// zero.
void CentreAndNormalise(std::span<float> feature, std::span<const float> mean);

// Euclidean distance (0..2) between `query` (already centred and normalised) and a stored row: dim
// fp16 values (little-endian, 2-byte aligned at least), centred on `mean` and normalised on the
// fly. A stored copy of the query's own feature gives 0 within 1e-6. Values that are not finite
// give some number in that range, never NaN. Dispatched to the machine's SIMD. Thread-safe.
float CentredDistance(std::span<const float> query, std::span<const float> mean,
                      const uint16_t* stored_row);

}  // namespace hashlens

#endif  // HASHLENS_INDEX_RERANK_H_
