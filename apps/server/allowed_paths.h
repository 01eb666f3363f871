// Which folders jobs may look into.
#ifndef HASHLENS_APPS_SERVER_ALLOWED_PATHS_H_
#define HASHLENS_APPS_SERVER_ALLOWED_PATHS_H_

#include <filesystem>
#include <string>
#include <vector>

#include "hashlens/status.h"

namespace hashlens {

class AllowedPaths {
 public:
  // kNotFound for a folder that is not there.
  static Result<AllowedPaths> Make(const std::vector<std::string>& roots);

  // The path with all symbolic links resolved. kInvalidArgument unless it is absolute, there, and
  // below one of the folders; which of these it is not, is not told.
  Result<std::filesystem::path> Check(const std::string& path) const;
  const std::vector<std::filesystem::path>& roots() const { return roots_; }

 private:
  std::vector<std::filesystem::path> roots_;  // canonical
};

}  // namespace hashlens

#endif  // HASHLENS_APPS_SERVER_ALLOWED_PATHS_H_
