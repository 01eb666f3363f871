#include "apps/server/allowed_paths.h"

#include <algorithm>

#include "hashlens/library.h"

namespace hashlens {
namespace {

namespace fs = std::filesystem;

bool IsBelow(const fs::path& path, const fs::path& root) {
  return std::mismatch(root.begin(), root.end(), path.begin(), path.end()).first == root.end();
}

}  // namespace

Result<AllowedPaths> AllowedPaths::Make(const std::vector<std::string>& roots) {
  AllowedPaths allowed;
  for (const std::string& root : roots) {
    std::error_code error;
    fs::path canonical = fs::canonical(root, error);
    if (root.empty()) error = std::make_error_code(std::errc::no_such_file_or_directory);
    if (!error && !fs::is_directory(canonical, error))
      error = std::make_error_code(std::errc::not_a_directory);
    if (error) return NotFound("--root '" + PrintablePath(root) + "': " + error.message());
    allowed.roots_.push_back(std::move(canonical));
  }
  return allowed;
}

Result<fs::path> AllowedPaths::Check(const std::string& path) const {
  const Status outside = InvalidArgument(
      PrintablePath(path) + ": is not there, or not below a folder that the server may index (" +
      (roots_.empty() ? "it was started without --root" : "--root") + ")");
  std::error_code error;
  if (path.find('\0') != std::string::npos || !fs::path(path).is_absolute()) return outside;
  fs::path canonical = fs::canonical(path, error);
  if (error) return outside;
  const bool below =
      std::ranges::any_of(roots_, [&](const fs::path& root) { return IsBelow(canonical, root); });
  return below ? Result<fs::path>(std::move(canonical)) : outside;
}

}  // namespace hashlens
