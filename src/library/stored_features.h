// The stored features of chosen images.
#ifndef HASHLENS_LIBRARY_STORED_FEATURES_H_
#define HASHLENS_LIBRARY_STORED_FEATURES_H_

#include <utility>
#include <vector>

#include "hashlens/types.h"
#include "library/layout.h"
#include "library/roots.h"
#include "store/catalog.h"

namespace hashlens {

// Of those of the pictures that the library has; see LibraryWriter::FeaturesAt.
Result<StoredFeatures> FeaturesAt(const Layout& layout, const Catalog& catalog, const Roots& roots,
                                  const std::vector<Path>& pictures);

}  // namespace hashlens

#endif  // HASHLENS_LIBRARY_STORED_FEATURES_H_
