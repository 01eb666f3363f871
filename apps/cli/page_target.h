// Where a page may be written.
#ifndef HASHLENS_APPS_CLI_PAGE_TARGET_H_
#define HASHLENS_APPS_CLI_PAGE_TARGET_H_

#include <filesystem>

#include "hashlens/status.h"

namespace hashlens {

// kInvalidArgument when a file is there that is no HTML page: a picture, say, after a slip in the
// order of arguments. Devices and pipes may be written.
Status RequirePageTarget(const std::filesystem::path& file);

}  // namespace hashlens

#endif  // HASHLENS_APPS_CLI_PAGE_TARGET_H_
