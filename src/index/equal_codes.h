// Which rows have the same code.
#ifndef HASHLENS_INDEX_EQUAL_CODES_H_
#define HASHLENS_INDEX_EQUAL_CODES_H_

#include <cstdint>
#include <vector>

#include "index/code_blocks.h"

namespace hashlens {

// Class i holds the rows order[starts[i]] .. order[starts[i + 1] - 1], ascending. The classes come
// in no particular order, but always the same one.
struct EqualCodes {
  std::vector<uint32_t> order;
  std::vector<uint32_t> starts;  // classes + 1
};

// Of the first `rows` rows (below 2^32). Memory while it works: 16 bytes a row.
EqualCodes FindEqualCodes(const CodeBlocks& blocks, uint64_t rows);

}  // namespace hashlens

#endif  // HASHLENS_INDEX_EQUAL_CODES_H_
