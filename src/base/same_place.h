// Which folders and files are the same ones. Not told by inode numbers alone: some file systems
// (mergerfs, FUSE, images) give many files one number.
#ifndef HASHLENS_BASE_SAME_PLACE_H_
#define HASHLENS_BASE_SAME_PLACE_H_

#include <sys/stat.h>

#include <map>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <unordered_set>
#include <vector>

#include "base/file.h"

namespace hashlens {

// The mounts of this process, for folders that are mounted at several places.
class Mounts {
 public:
  // Of now. Empty where the system does not tell.
  static Mounts Load();
  // From the text of /proc/self/mountinfo.
  explicit Mounts(std::string_view mountinfo);

  // For a real path (absolute, links followed) on a device that is mounted at several places: the
  // device and the path in it, equal for a folder's several places. Else nothing.
  std::optional<std::string> PlaceInDevice(std::string_view real) const;

 private:
  struct Mount {
    std::string point;   // without a "/" at its end
    std::string device;  // "major:minor"
    std::string root;    // folder of the device that is mounted; without a "/" at its end
  };
  std::vector<Mount> mounts_;         // in the system's order: later ones cover earlier ones
  std::map<std::string, int> times_;  // by device
};

// The folders that a walk has entered, so that no link and no second mount leads into one again.
class EnteredFolders {
 public:
  explicit EnteredFolders(Mounts mounts = Mounts::Load()) : mounts_(std::move(mounts)) {}

  // Whether it is a new one, which is then remembered. real: its real path; info: of stat.
  bool Enter(const std::string& real, const struct stat& info);
  bool Contains(const std::string& real, const struct stat& info) const;

 private:
  std::optional<std::string> SecondName(const std::string& real, const struct stat& info) const;

  Mounts mounts_;
  std::unordered_set<std::string> names_;
};

// The real path of `name` in the folder whose real path is `real_folder`. is_link: whether the name
// is a symbolic link. Empty when the link leads nowhere. The cost does not grow with the depth
// unless it is a link.
std::string RealPathBelow(const std::string& real_folder, std::string_view name, bool is_link);

// Names of a file, of which two share at least one when they are the same file, be it through
// links, hard links or mounts. Empty when it is not there.
std::vector<std::string> NamesOfFile(const Path& path, const Mounts& mounts);

}  // namespace hashlens

#endif  // HASHLENS_BASE_SAME_PLACE_H_
