// Images by ids, paths and filter.
#ifndef HASHLENS_LIBRARY_SELECTION_H_
#define HASHLENS_LIBRARY_SELECTION_H_

#include <cstdint>
#include <vector>

#include "hashlens/options.h"
#include "library/roots.h"
#include "store/catalog.h"

namespace hashlens {

// The ids that are meant, ascending. kInvalidArgument for an empty path; kNotFound for an id, or a
// path of which nothing is in the library.
Result<std::vector<uint64_t>> SelectedIds(const ImageSelection& images, const Catalog& catalog,
                                          const Roots& roots);

}  // namespace hashlens

#endif  // HASHLENS_LIBRARY_SELECTION_H_
