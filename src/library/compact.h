// Copying segments into fewer, larger ones and giving back the space of removed images.
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

struct CopyPlan {
  uint64_t merged_rows = kMergedRows;  // neighbours join until they have so many
  bool purge = true;  // rewrite large segments, too, when images have been removed from them
  uint64_t first_segment = 1;  // numbers free to use: as many as the state has segments
};

// The segments of `state` with neighbours joined, for Catalog::Rewrite; those that stay are its own
// again. Rows of removed images are not copied. Touches no catalog, so that any thread may do it
// while others commit. Leaves no files behind when it fails or is stopped.
Result<CatalogRewrite> CopySegments(const Layout& layout, const CatalogSnapshot& state,
                                    const HashHead& head, const CopyPlan& plan,
                                    const ProgressFunction& progress, std::stop_token stop);

// Removes the files of those of `segments` that are not among `kept`. What cannot be removed, the
// next writer removes.
void RemoveSegmentFiles(const Layout& layout, const std::vector<SegmentRow>& segments,
                        const std::vector<SegmentRow>& kept);

}  // namespace hashlens

#endif  // HASHLENS_LIBRARY_COMPACT_H_
