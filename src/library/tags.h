// What a tag may be.
#ifndef HASHLENS_LIBRARY_TAGS_H_
#define HASHLENS_LIBRARY_TAGS_H_

#include <string_view>
#include <vector>

#include "hashlens/status.h"
#include "hashlens/types.h"

namespace hashlens {

// kInvalidArgument for tags that no filter KEY=VALUE could mean: with an empty key, or a '=' in it.
Status CheckTags(const std::vector<Tag>& tags);

// Keys that start so are set by hashlens alone.
inline constexpr std::string_view kReservedPrefix = "hashlens:";
// Of a picture of which only part is there.
inline const Tag kDamagedTag = {"hashlens:damaged", "yes"};
// Of what a picture shows: a class, or one above it (category_tags.h).
inline constexpr std::string_view kCategoryKey = "hashlens:category";

}  // namespace hashlens

#endif  // HASHLENS_LIBRARY_TAGS_H_
