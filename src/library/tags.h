// What a tag may be.
#ifndef HASHLENS_LIBRARY_TAGS_H_
#define HASHLENS_LIBRARY_TAGS_H_

#include <vector>

#include "hashlens/status.h"
#include "hashlens/types.h"

namespace hashlens {

// kInvalidArgument for tags that no filter KEY=VALUE could mean: with an empty key, or a '=' in it.
Status CheckTags(const std::vector<Tag>& tags);

}  // namespace hashlens

#endif  // HASHLENS_LIBRARY_TAGS_H_
