// The files below a folder, one after the other, in the order in which they are indexed.
#ifndef HASHLENS_LIBRARY_FOLDER_WALK_H_
#define HASHLENS_LIBRARY_FOLDER_WALK_H_

#include <optional>
#include <string>
#include <vector>

#include "base/file.h"
#include "base/same_place.h"

namespace hashlens {

struct FolderWalkOptions {
  std::vector<std::string> exclude;  // as of IndexOptions
  bool hidden = false;               // also names that start with a dot
};

struct WalkedFile {
  Path path;            // the folder's as it was given, and what is below it
  std::string problem;  // not empty: a folder that cannot be read, a link that leads nowhere
};

// Depth first, names sorted in each folder. Links are followed, no folder is entered twice, and
// libraries (NAME.hashlens) are passed over. Memory: names of the open folders, and of all folders
// that were entered. One thread.
class FolderWalk {
 public:
  FolderWalk(const Path& folder, const FolderWalkOptions& options);

  // None at the end. Regular files only.
  std::optional<WalkedFile> Next();

 private:
  struct OpenFolder {
    std::string path;
    std::string real;      // with links followed
    std::string relative;  // to the walk's start, with "/" at its end, or empty
    std::vector<std::string> names;
    size_t next = 0;  // of the names
  };
  struct Exclude {
    std::string pattern;
    std::string absolute;  // the pattern as a path from the current folder
  };

  std::optional<WalkedFile> Enter(const std::string& path, const std::string& real,
                                  const std::string& relative);
  std::optional<WalkedFile> Visit(const std::string& path, const std::string& name,
                                  const std::string& relative, const std::string& real_folder);
  bool IsExcluded(const std::string& path, const std::string& name,
                  const std::string& relative) const;

  std::vector<Exclude> exclude_;
  bool hidden_;
  std::string start_;
  bool started_ = false;
  EnteredFolders entered_;
  std::vector<OpenFolder> open_;
};

}  // namespace hashlens

#endif  // HASHLENS_LIBRARY_FOLDER_WALK_H_
