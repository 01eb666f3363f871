#include "library/folder_walk.h"

#include <fnmatch.h>
#include <sys/stat.h>

#include <algorithm>
#include <cerrno>
#include <utility>

#include "library/roots.h"

namespace hashlens {
namespace {

// "/" stays; names follow at once.
std::string WithoutSlash(std::string path) {
  while (path.size() > 1 && path.back() == '/') path.pop_back();
  return path;
}

}  // namespace

FolderWalk::FolderWalk(const Path& folder, const FolderWalkOptions& options)
    : hidden_(options.hidden), start_(WithoutSlash(folder.native())) {
  for (const std::string& pattern : options.exclude) {
    const std::string trimmed = pattern.substr(0, pattern.find_last_not_of('/') + 1);
    exclude_.push_back({trimmed, AbsolutePath(trimmed)});
  }
}

std::optional<WalkedFile> FolderWalk::Next() {
  if (!std::exchange(started_, true)) {
    std::error_code error;
    const Path real = std::filesystem::canonical(start_, error);
    if (error) return WalkedFile{start_, ErrnoStatus(error.value(), "reading", start_).message()};
    if (auto problem = Enter(start_, real.native(), "")) return problem;
  }
  while (!open_.empty()) {
    OpenFolder& inner = open_.back();
    if (inner.next == inner.names.size()) {
      open_.pop_back();
      continue;
    }
    const std::string name = std::move(inner.names[inner.next++]);
    const std::string path = (inner.path == "/" ? "" : inner.path) + "/" + name;
    const std::string relative = inner.relative + name;
    if (IsExcluded(path, name, relative)) continue;
    if (auto file = Visit(path, name, relative, inner.real)) return file;
  }
  return std::nullopt;
}

std::optional<WalkedFile> FolderWalk::Enter(const std::string& path, const std::string& real,
                                            const std::string& relative) {
  struct stat info {};
  if (::stat(path.c_str(), &info) != 0 || !entered_.Enter(real, info)) return std::nullopt;
  auto names = ListFolder(path);
  if (!names.ok()) return WalkedFile{path, ReasonWithoutPath(names.status(), path)};
  open_.push_back({path, real, relative, *std::move(names)});
  return std::nullopt;
}

std::optional<WalkedFile> FolderWalk::Visit(const std::string& path, const std::string& name,
                                            const std::string& relative,
                                            const std::string& real_folder) {
  struct stat info {};
  struct stat link {};
  const bool present = ::stat(path.c_str(), &info) == 0;
  const int error = errno;
  const bool is_link = ::lstat(path.c_str(), &link) == 0 && S_ISLNK(link.st_mode);
  if (!present) {
    if (error == ENOENT && !is_link) return std::nullopt;  // it went between listing and looking
    return WalkedFile{path, is_link && error == ENOENT
                                ? "a link to a file that is not there"
                                : ReasonWithoutPath(ErrnoStatus(error, "looking at", path), path)};
  }
  if (!S_ISDIR(info.st_mode))
    return S_ISREG(info.st_mode) ? std::optional(WalkedFile{path, {}}) : std::nullopt;
  constexpr std::string_view kLibrary = ".hashlens";
  if (name.size() > kLibrary.size() && name.ends_with(kLibrary)) return std::nullopt;
  const std::string real = RealPathBelow(real_folder, name, is_link);
  return real.empty() ? std::nullopt : Enter(path, real, relative + "/");
}

bool FolderWalk::IsExcluded(const std::string& path, const std::string& name,
                            const std::string& relative) const {
  if (!hidden_ && name.starts_with('.')) return true;
  if (exclude_.empty()) return false;
  const std::string absolute = AbsolutePath(path);
  const auto matches = [](const std::string& pattern, const std::string& text) {
    return ::fnmatch(pattern.c_str(), text.c_str(), 0) == 0;
  };
  return std::ranges::any_of(exclude_, [&](const Exclude& exclude) {
    return matches(exclude.pattern, name) || matches(exclude.pattern, relative) ||
           matches(exclude.absolute, absolute);
  });
}

}  // namespace hashlens
