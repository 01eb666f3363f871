// From absolute paths to (root, relative path) and back.
#ifndef HASHLENS_LIBRARY_ROOTS_H_
#define HASHLENS_LIBRARY_ROOTS_H_

#include <map>
#include <string>
#include <unordered_map>
#include <vector>

#include "store/catalog.h"

namespace hashlens {

// The roots of a library, found where they are now: at their absolute path, or, when that is gone,
// at the same place relative to the library. One thread.
class Roots {
 public:
  // library: the library's folder, absolute.
  static Result<Roots> Load(const Catalog& catalog, const Path& library);

  // The nearest root that holds `path` (absolute, normal); root 0 when there is none.
  RootedPath Find(const Path& path) const;
  // The same, and where there is none `folder` (which is `path` or holds it) becomes a root. Where
  // the root is now is recorded in the catalog.
  Result<RootedPath> FindOrAdd(Catalog* catalog, const Path& path, const Path& folder);
  // Writes the root's place of now, absolute and from the library, when the catalog has another
  // one.
  Status Record(Catalog* catalog, uint64_t root);
  // All places of the library that are `path` (absolute, normal) or below it: at most one a root.
  std::vector<RootedPath> Places(const Path& path) const;
  // Roots at or below a folder, with their places.
  std::vector<std::pair<uint64_t, Path>> Under(const Path& folder) const;

  const Path& library() const { return library_; }
  Path FolderOf(uint64_t root) const;
  Path Resolve(uint64_t root, const std::string& path) const;
  std::vector<Path> Folders() const;

 private:
  Path library_;
  std::unordered_map<uint64_t, Path> folders_;
  std::map<Path, uint64_t> roots_;    // by folder
  std::map<uint64_t, RootRow> rows_;  // as the catalog has them
};

// Absolute, without "." and "..", links in the folders followed; the last name is kept as it is
// when it is no folder, so that a link to a picture stays the link.
Path AbsolutePath(const Path& path);

}  // namespace hashlens

#endif  // HASHLENS_LIBRARY_ROOTS_H_
