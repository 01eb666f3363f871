// The part of a picture that a query is about.
#ifndef HASHLENS_LIBRARY_QUERY_REGION_H_
#define HASHLENS_LIBRARY_QUERY_REGION_H_

#include "hashlens/status.h"
#include "hashlens/types.h"
#include "image/image.h"

namespace hashlens {

// kInvalidArgument unless it lies within the picture and is not empty.
Status CheckRegion(const Region& region);

// The pixels that the region touches, at least one.
Image CropTo(const Image& image, const Region& region);

// How long a picture's shorter side must be for the region's to be `side` long; at most 65535.
int ShortSideOfWhole(const Region& region, int side);

}  // namespace hashlens

#endif  // HASHLENS_LIBRARY_QUERY_REGION_H_
