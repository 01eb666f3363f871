// How far codes collide.
#ifndef HASHLENS_INDEX_DISTINCT_H_
#define HASHLENS_INDEX_DISTINCT_H_

#include <cstdint>

#include "hashlens/bitmap.h"
#include "index/code_blocks.h"

namespace hashlens {

// How many different codes the allowed rows have (nullptr: all rows). Sorts copies of about a
// million codes at a time, more where one code is that frequent.
uint64_t CountDistinctCodes(const CodeBlocks& blocks, const Bitmap* allowed);

}  // namespace hashlens

#endif  // HASHLENS_INDEX_DISTINCT_H_
