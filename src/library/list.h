// What the public API says of an image.
#ifndef HASHLENS_LIBRARY_LIST_H_
#define HASHLENS_LIBRARY_LIST_H_

#include "hashlens/types.h"
#include "library/roots.h"
#include "store/catalog.h"

namespace hashlens {

Result<ImageInfo> DescribeImage(const ImageRow& image, const Catalog& catalog, const Roots& roots);

}  // namespace hashlens

#endif  // HASHLENS_LIBRARY_LIST_H_
