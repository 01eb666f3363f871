// How far from each other codes lie: distances to the nearest other one.
#ifndef HASHLENS_LIBRARY_CODE_NEIGHBOURS_H_
#define HASHLENS_LIBRARY_CODE_NEIGHBOURS_H_

#include <cstdint>
#include <span>
#include <vector>

#include "hashlens/bench.h"

namespace hashlens {

// Of up to `sample` of the codes, spread evenly: the Hamming distance to the nearest other code, by
// comparing with all. codes: CodeBytes(bits) each, at least two. Thread-safe.
NeighbourDistances NearestCodes(std::span<const uint8_t> codes, int bits, uint64_t sample);

// Mean and quantiles out of `counts`.
void SummariseDistances(NeighbourDistances* distances);

}  // namespace hashlens

#endif  // HASHLENS_LIBRARY_CODE_NEIGHBOURS_H_
