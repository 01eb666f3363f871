#include "library/tags.h"

#include "base/text.h"

namespace hashlens {

Status CheckTags(const std::vector<Tag>& tags) {
  for (const auto& [key, value] : tags) {
    if (key.empty() || key.find('=') != key.npos)
      return InvalidArgument("\"" + Printable(std::string_view(key)) +
                             "\" cannot be the key of a tag: it is not empty and has no '='");
    if (key.starts_with(kReservedPrefix))
      return InvalidArgument("\"" + Printable(std::string_view(key)) +
                             "\" cannot be the key of a tag: \"hashlens:\" is kept for hashlens");
  }
  return {};
}

}  // namespace hashlens
