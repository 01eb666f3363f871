// Merging segments and giving back the space of removed images.
#ifndef HASHLENS_LIBRARY_COMPACT_H_
#define HASHLENS_LIBRARY_COMPACT_H_

#include <stop_token>

#include "hash/hash_head.h"
#include "hashlens/types.h"
#include "library/layout.h"
#include "store/catalog.h"

namespace hashlens {

// Segments grow to about this many rows (0.7 GB of features at 1280 dimensions).
inline constexpr uint64_t kMergedRows = 262'144;

// The caller holds the write lock. One catalog transaction at the end; until then, and after any
// failure, the library is as it was. Needs room on disk for a copy of what is rewritten.
Result<CompactReport> CompactSegments(const Layout& layout, Catalog* catalog, const HashHead& head,
                                      const ProgressFunction& progress, std::stop_token stop,
                                      uint64_t merged_rows = kMergedRows);

}  // namespace hashlens

#endif  // HASHLENS_LIBRARY_COMPACT_H_
