// The strategy that always works: every row's code, several queries and threads at once.
#ifndef HASHLENS_INDEX_SCAN_H_
#define HASHLENS_INDEX_SCAN_H_

#include <cstdint>
#include <span>
#include <vector>

#include "hashlens/bitmap.h"
#include "hashlens/code_index.h"
#include "index/code_blocks.h"
#include "index/top_k.h"

namespace hashlens {

struct ScanOptions {
  Wanted wanted;
  uint32_t limit = 0;               // only distances below it
  uint64_t first_key = 0;           // only keys (index/scan_kernel.h) from it on
  const Bitmap* allowed = nullptr;  // of the same rows; nullptr: all
  uint64_t begin = 0;               // only rows from here on; a multiple of 64
  int threads = 1;
};

// For each of the queries (m * blocks.words() words): the wanted rows by (distance, row).
std::vector<NearestRows> ScanCodes(const CodeBlocks& blocks, std::span<const uint64_t> queries,
                                   const ScanOptions& options);

// The rows [begin, end), begin a multiple of 64, within `radius` of a code (blocks.words() words),
// by ascending row.
std::vector<Neighbor> RowsWithin(const CodeBlocks& blocks, const uint64_t* query, uint32_t radius,
                                 uint64_t begin, uint64_t end, const Bitmap* allowed);

}  // namespace hashlens

#endif  // HASHLENS_INDEX_SCAN_H_
