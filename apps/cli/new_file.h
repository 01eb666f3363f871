// Files that appear whole or not at all.
#ifndef HASHLENS_APPS_CLI_NEW_FILE_H_
#define HASHLENS_APPS_CLI_NEW_FILE_H_

#include <filesystem>
#include <string>

#include "hashlens/status.h"

namespace hashlens {

// Writes beside `file` and then gives it its name: it appears whole or not at all, and lasts.
// kInvalidArgument, with what to do, when something has that name; it stays. kIoError.
Status WriteNewFile(const std::filesystem::path& file, const std::string& text);

// The same in the place of what has that name: on failure it stays as it was. What is there and no
// regular file, such as a device or a pipe, is written into. kIoError.
Status ReplaceFile(const std::filesystem::path& file, const std::string& text);

}  // namespace hashlens

#endif  // HASHLENS_APPS_CLI_NEW_FILE_H_
