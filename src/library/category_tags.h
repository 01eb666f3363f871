// Categories of a library's images as tags: "hashlens:category".
#ifndef HASHLENS_LIBRARY_CATEGORY_TAGS_H_
#define HASHLENS_LIBRARY_CATEGORY_TAGS_H_

#include <string>
#include <vector>

#include "hashlens/options.h"
#include "hashlens/types.h"
#include "library/categories.h"
#include "library/layout.h"
#include "store/catalog.h"

namespace hashlens {

// The names of the classes, and of those above them, that are as likely as `limit` or more, sorted,
// each once. A class above others is as likely as they are together. Empty when none is.
std::vector<std::string> LikelyClasses(const ClassNames& names,
                                       const std::vector<double>& probabilities, double limit);

// What LibraryWriter::TagCategories does. Up to `jobs` threads. Memory: 8 bytes for each
// image that has a category already.
Result<CategoryTagReport> TagCategories(const Layout& layout, Catalog* catalog,
                                        const CategoryTagOptions& options, int jobs);

}  // namespace hashlens

#endif  // HASHLENS_LIBRARY_CATEGORY_TAGS_H_
