// A query's way: code -> nearest codes -> re-rank by feature -> hits.
#ifndef HASHLENS_LIBRARY_SEARCH_H_
#define HASHLENS_LIBRARY_SEARCH_H_

#include <span>
#include <vector>

#include "hashlens/bitmap.h"
#include "hashlens/options.h"
#include "hashlens/types.h"
#include "library/snapshot.h"

namespace hashlens {

// Hits carry rank, id, hamming and distance; paths are the caller's. Shared by all queries of a
// batch. features: one a query, dim floats of unit length rounded to fp16; times are added to each
// result's stages. allowed: rows that may be found (size: snapshot.rows()), or nullptr for all.
Result<std::vector<SearchResult>> SearchFeatures(const Snapshot& snapshot,
                                                 const std::vector<std::vector<float>>& features,
                                                 const SearchOptions& options,
                                                 const Bitmap* allowed, int threads);

// A row's feature as floats.
Result<std::vector<float>> StoredFeature(const Snapshot& snapshot, uint64_t row);

}  // namespace hashlens

#endif  // HASHLENS_LIBRARY_SEARCH_H_
