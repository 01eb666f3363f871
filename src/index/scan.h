// The strategy that always works: every row's code, several queries and threads at once.
#ifndef HASHLENS_INDEX_SCAN_H_
#define HASHLENS_INDEX_SCAN_H_

#include <cstdint>
#include <span>
#include <vector>

#include "hashlens/bitmap.h"
#include "hashlens/code_index.h"
#include "index/code_blocks.h"

namespace hashlens {

struct ScanOptions {
  size_t k = 1;
  uint32_t limit = 0;               // only distances below it
  uint64_t first_key = 0;           // only keys (index/scan_kernel.h) from it on
  const Bitmap* allowed = nullptr;  // of the same rows; nullptr: all
  uint64_t begin = 0;               // only rows from here on; a multiple of 64
  int threads = 1;
};

// For each of the queries (m * blocks.words() words): the k nearest rows by (distance, row).
std::vector<std::vector<Neighbor>> ScanCodes(const CodeBlocks& blocks,
                                             std::span<const uint64_t> queries,
                                             const ScanOptions& options);

}  // namespace hashlens

#endif  // HASHLENS_INDEX_SCAN_H_
