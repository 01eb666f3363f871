// New codes for a whole library from its stored features, switched in one catalog transaction.
#ifndef HASHLENS_LIBRARY_REFIT_H_
#define HASHLENS_LIBRARY_REFIT_H_

#include "hash/hash_head.h"
#include "hashlens/options.h"
#include "library/layout.h"
#include "store/catalog.h"

namespace hashlens {

// Fits a head as options say and recodes with it; before that, rebuilds damaged codes. The caller
// holds the write lock. Until the switch, and after any failure, the library is as it was; unused
// files are the next clean-up's.
Status Refit(const Layout& layout, Catalog* catalog, const FitOptions& options, int jobs);

// Writes the code files again that are missing, damaged or not what the catalog says: with the head
// in use, from the features. Gives how many. The caller holds the write lock.
Result<uint64_t> RebuildCodes(const Layout& layout, const Catalog& catalog, int jobs,
                              const ProgressFunction& progress, std::stop_token stop);

// Switches to `head`, which is kept in the library's model folder. final: not to be replaced at the
// thousandth image.
Status Recode(const Layout& layout, Catalog* catalog, const HashHead& head, bool final, int jobs,
              const ProgressFunction& progress, std::stop_token stop);

}  // namespace hashlens

#endif  // HASHLENS_LIBRARY_REFIT_H_
