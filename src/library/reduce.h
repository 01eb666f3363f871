// Bringing a library's stored features into a smaller form, for good.
#ifndef HASHLENS_LIBRARY_REDUCE_H_
#define HASHLENS_LIBRARY_REDUCE_H_

#include <stop_token>

#include "hash/reduction.h"
#include "hashlens/types.h"
#include "library/layout.h"
#include "library/library_model.h"
#include "store/catalog.h"

namespace hashlens {

// The library's features are full, and `form` one that CheckFeatureForm lets them have. Learns what
// the form needs from the features, measures what is lost, and stores all features anew, as
// StoreReduced does. kInvalidArgument when there are fewer than ImagesNeeded(form) images. The
// caller holds the write lock, and removes what is unused afterwards.
Result<CompactReport> ReduceLibrary(const Layout& layout, Catalog* catalog, const FeatureForm& form,
                                    const ProgressFunction& progress, std::stop_token stop);

// New segments with what the reduction makes of the stored features, codes by the reduced head, and
// without removed images; one catalog transaction at the end. Until then, and after any failure,
// the library is as it was. Needs room on disk for the copy. Gives the ids that were dropped.
Result<CatalogRewrite> StoreReduced(const Layout& layout, Catalog* catalog,
                                    const CatalogSnapshot& state, const LibraryModel& model,
                                    const Reduction& reduction, const ProgressFunction& progress,
                                    std::stop_token stop);

}  // namespace hashlens

#endif  // HASHLENS_LIBRARY_REDUCE_H_
