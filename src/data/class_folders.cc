#include "data/class_folders.h"

#include <algorithm>
#include <set>

#include "base/picture_name.h"
#include "base/try.h"

namespace hashlens {
namespace {

namespace fs = std::filesystem;

struct Listing {
  std::vector<Path> folders;   // links to folders among them
  std::vector<Path> pictures;  // by name
};

// Both sorted by their bytes; names that start with a dot left out.
Result<Listing> List(const Path& folder) {
  Listing listing;
  std::error_code error;
  fs::directory_iterator entries(folder, error);
  for (; !error && entries != fs::directory_iterator(); entries.increment(error)) {
    const Path& path = entries->path();
    if (path.filename().native().starts_with('.')) continue;
    std::error_code gone;  // a link that leads nowhere is neither
    if (entries->is_directory(gone)) {
      listing.folders.push_back(path);
    } else if (entries->is_regular_file(gone) && HasImageExtension(path)) {
      listing.pictures.push_back(path);
    }
  }
  if (error) return ErrnoStatus(error.value(), "reading folder", folder);
  const auto by_bytes = [](const Path& a, const Path& b) { return a.native() < b.native(); };
  std::sort(listing.folders.begin(), listing.folders.end(), by_bytes);
  std::sort(listing.pictures.begin(), listing.pictures.end(), by_bytes);
  return listing;
}

// Every picture below `folder`, sorted by path.
Result<std::vector<Path>> PicturesBelow(const Path& folder) {
  std::vector<Path> pictures;
  std::vector<Path> waiting = {folder};
  std::set<Path> entered;  // where folders really are
  while (!waiting.empty()) {
    const Path next = std::move(waiting.back());
    waiting.pop_back();
    std::error_code error;
    const Path real = fs::canonical(next, error);
    if (error) return ErrnoStatus(error.value(), "reading folder", next);
    if (!entered.insert(real).second) continue;
    HL_ASSIGN(Listing listing, List(next));
    std::move(listing.pictures.begin(), listing.pictures.end(), std::back_inserter(pictures));
    // The last one is taken first.
    std::move(listing.folders.rbegin(), listing.folders.rend(), std::back_inserter(waiting));
  }
  std::sort(pictures.begin(), pictures.end(),
            [](const Path& a, const Path& b) { return a.native() < b.native(); });
  return pictures;
}

}  // namespace

Result<LabelledSet> ReadClassFolders(const Path& data) {
  HL_ASSIGN(const Listing top, List(data));
  if (!top.pictures.empty()) {
    return InvalidArgument(
        Printable(top.pictures.front()) +
        ": lies beside the class folders and has no class; move it into one, or away");
  }
  if (top.folders.empty()) {
    return InvalidArgument(Printable(data) +
                           ": holds no class folders, one of each class with its pictures");
  }
  LabelledSet set;
  for (const Path& folder : top.folders) {
    HL_ASSIGN(std::vector<Path> pictures, PicturesBelow(folder));
    if (pictures.empty()) {
      return InvalidArgument(Printable(folder) + ": this class folder holds no pictures");
    }
    const int label = static_cast<int>(set.classes.size());
    set.classes.push_back(folder.filename().native());
    for (Path& picture : pictures) set.pictures.push_back({std::move(picture), {label}});
  }
  if (set.classes.size() == 1) {
    return InvalidArgument(Printable(data) + ": only one class, " +
                           Printable(std::string_view(set.classes[0])) + "; two are needed");
  }
  return set;
}

}  // namespace hashlens
