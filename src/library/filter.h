// Filters, from what people say to the rows that may be found.
#ifndef HASHLENS_LIBRARY_FILTER_H_
#define HASHLENS_LIBRARY_FILTER_H_

#include <cstdint>
#include <vector>

#include "hashlens/options.h"
#include "library/roots.h"
#include "store/catalog.h"

namespace hashlens {

// In the catalog's words. kInvalidArgument for an empty path, kNotFound for one of which nothing is
// in the library.
Result<ImageFilter> ResolveFilter(const Filter& filter, const Catalog& catalog, const Roots& roots);

// Ids of the images that the filter means, ascending.
Result<std::vector<uint64_t>> MatchingIds(const Catalog& catalog, const ImageFilter& filter);

}  // namespace hashlens

#endif  // HASHLENS_LIBRARY_FILTER_H_
