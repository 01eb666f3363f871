// Centres of codes: what k-means is for vectors.
#ifndef HASHLENS_INDEX_CENTRES_H_
#define HASHLENS_INDEX_CENTRES_H_

#include <cstddef>
#include <cstdint>
#include <span>

#include "index/code_blocks.h"

namespace hashlens {

// `count` centres (fewer when there are fewer codes) of a sample of the codes: seeds spread by
// squared distance (Arthur and Vassilvitskii 2007), then some rounds in which a centre takes, bit
// by bit, the majority of the codes that are nearest to it. The same codes give the same centres.
CodeBlocks FindCentres(const CodeBlocks& codes, size_t count, int threads);

// nearest[row] becomes the key (index/scan_kernel.h) of the centre nearest to the code of that row;
// of equally near ones the first. At least one centre, and no more than CodeBlocks::kChunkRows.
void NearestCentres(const CodeBlocks& codes, const CodeBlocks& centres, int threads,
                    std::span<uint64_t> nearest);

}  // namespace hashlens

#endif  // HASHLENS_INDEX_CENTRES_H_
