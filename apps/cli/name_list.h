// The paths that a verb works on, some of them listed on stdin.
#ifndef HASHLENS_APPS_CLI_NAME_LIST_H_
#define HASHLENS_APPS_CLI_NAME_LIST_H_

#include <filesystem>
#include <istream>
#include <string>
#include <vector>

#include "hashlens/status.h"

namespace hashlens {

// `arguments` in order, with the names that `in` lists in the place of "-": one a line, or with
// `zero` each ended by a NUL byte. kInvalidArgument when the list is of the other kind, when `zero`
// is set without a list, and for an empty argument.
Result<std::vector<std::filesystem::path>> ReadNameList(const std::vector<std::string>& arguments,
                                                        bool zero, std::istream& in);

}  // namespace hashlens

#endif  // HASHLENS_APPS_CLI_NAME_LIST_H_
