#include "library/roots.h"

#include "base/try.h"
#include "library/layout.h"

namespace hashlens {
namespace {

bool Exists(const Path& path) {
  std::error_code
      error;  // "cannot tell" counts as "not there": nothing is ever removed on this answer
  return std::filesystem::exists(path, error);
}

// Whether `path` is `folder` or below it; both absolute and normal.
bool IsWithin(const Path& path, const Path& folder) {
  if (folder.empty()) return false;
  auto step = path.begin();
  for (const Path& name : folder) {
    if (name.empty()) continue;
    if (step == path.end() || *step != name) return false;
    ++step;
  }
  return true;
}

// The folder of pictures that were given without a source goes wherever the library goes, under
// whatever name: LIBRARY/added, seen from the folder that held the library.
bool IsAdded(const RootRow& row) {
  const Path relative = row.relative;
  const Path library = Path(row.path).parent_path();
  return library.has_filename() && library.extension() == ".hashlens" &&
         relative == library.filename() / Layout{}.Added();
}

}  // namespace

Path AbsolutePath(const Path& path) {
  std::error_code error;
  Path absolute = std::filesystem::absolute(path, error).lexically_normal();
  if (error) return path;
  if (!absolute.has_filename()) absolute = absolute.parent_path();
  if (std::filesystem::is_directory(absolute, error)) {
    const Path canonical = std::filesystem::canonical(absolute, error);
    return error ? absolute : canonical;
  }
  const Path folder = std::filesystem::weakly_canonical(absolute.parent_path(), error);
  return error ? absolute : folder / absolute.filename();
}

Result<Roots> Roots::Load(const Catalog& catalog, const Path& library) {
  HL_ASSIGN(const std::vector<RootRow> rows, catalog.Roots());
  Roots roots;
  roots.library_ = library;
  for (const RootRow& row : rows) {
    Path folder = row.path;
    if (IsAdded(row)) {
      folder = Layout{library}.Added();
    } else if (!Exists(folder) && !row.relative.empty()) {
      const Path moved = (library.parent_path() / row.relative).lexically_normal();
      if (Exists(moved)) folder = AbsolutePath(moved);
    }
    roots.rows_.emplace(row.id, row);
    roots.folders_.emplace(row.id, folder);
    roots.roots_.emplace(folder, row.id);
  }
  return roots;
}

RootedPath Roots::Find(const Path& path) const {
  for (Path folder = path;; folder = folder.parent_path()) {
    if (const auto found = roots_.find(folder); found != roots_.end()) {
      const Path relative = path.lexically_relative(folder);
      return {found->second, relative == "." ? std::string() : relative.native()};
    }
    if (!folder.has_relative_path()) return {};
  }
}

Result<RootedPath> Roots::FindOrAdd(Catalog* catalog, const Path& path, const Path& folder) {
  if (RootedPath found = Find(path); found.root != 0) {
    HL_TRY(Record(catalog, found.root));
    return found;
  }
  const Path relative = folder.lexically_relative(library_.parent_path());
  HL_ASSIGN(const RootRow row, catalog->AddRoot(folder.native(), relative.native()));
  rows_.emplace(row.id, row);
  folders_.emplace(row.id, folder);
  roots_.emplace(folder, row.id);
  return Find(path);
}

Status Roots::Record(Catalog* catalog, uint64_t root) {
  const std::string place = FolderOf(root).native();
  const std::string relative = Path(place).lexically_relative(library_.parent_path()).native();
  RootRow& row = rows_.at(root);
  if (row.path == place && row.relative == relative) return {};
  // Two roots that moved to one place: the first one there keeps it.
  for (const auto& [id, other] : rows_) {
    if (id != root && other.path == place) return {};
  }
  HL_TRY(catalog->MoveRoot({root, place, relative}));
  row.path = place;
  row.relative = relative;
  return {};
}

std::vector<RootedPath> Roots::Places(const Path& path) const {
  std::vector<RootedPath> places;
  for (const auto& [root, row] : rows_) {
    const Path folder = FolderOf(root);
    if (IsWithin(folder, path)) {
      places.push_back({root, ""});
    } else if (IsWithin(path, folder)) {
      places.push_back({root, path.lexically_relative(folder).native()});
    }
  }
  return places;
}

std::vector<std::pair<uint64_t, Path>> Roots::Under(const Path& folder) const {
  std::vector<std::pair<uint64_t, Path>> under;
  for (const auto& [path, root] : roots_) {
    if (IsWithin(path, folder)) under.emplace_back(root, path);
  }
  return under;
}

Path Roots::FolderOf(uint64_t root) const {
  const auto found = folders_.find(root);
  return found == folders_.end() ? Path() : found->second;
}

Path Roots::Resolve(uint64_t root, const std::string& path) const {
  return path.empty() ? FolderOf(root) : FolderOf(root) / path;
}

std::vector<Path> Roots::Folders() const {
  std::vector<Path> folders;
  for (const auto& [path, root] : roots_) folders.push_back(path);
  return folders;
}

}  // namespace hashlens
