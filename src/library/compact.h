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
// Of smaller ones a library has no more than this many.
inline constexpr size_t kManySegments = 32;

// The caller holds the write lock. One catalog transaction at the end; until then, and after any
// failure, the library is as it was. Needs room on disk for a copy of what is rewritten.
Result<CompactReport> CompactSegments(const Layout& layout, Catalog* catalog, const HashHead& head,
                                      const ProgressFunction& progress, std::stop_token stop,
                                      uint64_t merged_rows = kMergedRows);

// Merges the smallest segments where there are too many small ones, as rarely as keeps their number
// down: a row is copied a few times in the life of a library. Space of removed images is given back
// only in what is merged. Gives whether anything was merged. As CompactSegments in all else, and
// the files of what was merged are removed.
Result<bool> MergeWhenMany(const Layout& layout, Catalog* catalog, const HashHead& head,
                           std::stop_token stop);

}  // namespace hashlens

#endif  // HASHLENS_LIBRARY_COMPACT_H_
