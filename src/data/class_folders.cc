#include "data/class_folders.h"

#include <sys/stat.h>

#include <algorithm>
#include <cerrno>
#include <set>
#include <unordered_map>

#include "base/picture_name.h"
#include "base/same_place.h"
#include "base/try.h"

namespace hashlens {
namespace {

namespace fs = std::filesystem;

struct Listing {
  std::vector<Path> folders;   // links to folders among them
  std::vector<Path> pictures;  // by name
  std::set<Path> links;        // those of both that are links
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
      if (entries->is_symlink(gone)) listing.links.insert(path);
    } else if (entries->is_regular_file(gone) && HasImageExtension(path)) {
      listing.pictures.push_back(path);
      if (entries->is_symlink(gone)) listing.links.insert(path);
    }
  }
  if (error) return ErrnoStatus(error.value(), "reading folder", folder);
  const auto by_bytes = [](const Path& a, const Path& b) { return a.native() < b.native(); };
  std::sort(listing.folders.begin(), listing.folders.end(), by_bytes);
  std::sort(listing.pictures.begin(), listing.pictures.end(), by_bytes);
  return listing;
}

struct FoundPicture {
  Path path;
  std::string real;  // with links followed
};

struct WaitingFolder {
  Path path;
  std::string real;  // with links followed
};

// Every picture below `folder`, sorted by path.
Result<std::vector<FoundPicture>> PicturesBelow(const Path& folder, const Mounts& mounts) {
  std::vector<FoundPicture> pictures;
  std::error_code error;
  const Path real = fs::canonical(folder, error);
  if (error) return ErrnoStatus(error.value(), "reading folder", folder);
  std::vector<WaitingFolder> waiting = {{folder, real.native()}};
  EnteredFolders entered(mounts);
  while (!waiting.empty()) {
    const WaitingFolder next = std::move(waiting.back());
    waiting.pop_back();
    struct stat info {};
    if (::stat(next.path.c_str(), &info) != 0)
      return ErrnoStatus(errno, "reading folder", next.path);
    if (!entered.Enter(next.real, info)) continue;
    HL_ASSIGN(Listing listing, List(next.path));
    const auto real_below = [&](const Path& path) {
      return RealPathBelow(next.real, path.filename().native(), listing.links.contains(path));
    };
    for (Path& picture : listing.pictures) {
      std::string place = real_below(picture);  // empty when it went; reading it will tell
      pictures.push_back({std::move(picture), std::move(place)});
    }
    // The last one is taken first.
    for (auto below = listing.folders.rbegin(); below != listing.folders.rend(); ++below) {
      if (std::string place = real_below(*below); !place.empty())
        waiting.push_back({std::move(*below), std::move(place)});
    }
  }
  std::sort(pictures.begin(), pictures.end(), [](const FoundPicture& a, const FoundPicture& b) {
    return a.path.native() < b.path.native();
  });
  return pictures;
}

// A picture met again through a link must not be taught as two classes.
Status CheckSameClass(const LabelledSet& set, const LabelledPicture& first, const Path& again,
                      int label) {
  if (first.labels[0] == label) return {};
  const auto name = [&](int one) {
    return Printable(std::string_view(set.classes[static_cast<size_t>(one)]));
  };
  return InvalidArgument(Printable(again) + ": is the same file as " + Printable(first.path) +
                         ", reached through a link, in class " + name(label) + " and in class " +
                         name(first.labels[0]) + "; remove the link");
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
  std::unordered_map<std::string, size_t> seen;  // real places, and indices of pictures
  const Mounts mounts = Mounts::Load();
  for (const Path& folder : top.folders) {
    HL_ASSIGN(std::vector<FoundPicture> pictures, PicturesBelow(folder, mounts));
    if (pictures.empty()) {
      return InvalidArgument(Printable(folder) + ": this class folder holds no pictures");
    }
    const int label = static_cast<int>(set.classes.size());
    set.classes.push_back(folder.filename().native());
    for (FoundPicture& picture : pictures) {
      const auto [first, is_new] = seen.try_emplace(picture.real, set.pictures.size());
      if (!is_new && !picture.real.empty())
        HL_TRY(CheckSameClass(set, set.pictures[first->second], picture.path, label));
      set.pictures.push_back({std::move(picture.path), {label}});
    }
  }
  if (set.classes.size() == 1) {
    return InvalidArgument(Printable(data) + ": only one class, " +
                           Printable(std::string_view(set.classes[0])) + "; two are needed");
  }
  return set;
}

}  // namespace hashlens
