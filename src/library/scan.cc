#include "library/scan.h"

#include <fnmatch.h>
#include <sys/stat.h>

#include <algorithm>
#include <cerrno>
#include <unordered_map>

#include "base/same_place.h"
#include "base/shell_word.h"
#include "base/try.h"
#include "library/given_pictures.h"
#include "library/stopwatch.h"

namespace hashlens {
namespace {

FileStamp StampOf(const struct stat& info) {
  return {static_cast<uint64_t>(info.st_size),
          int64_t{info.st_mtim.tv_sec} * 1'000'000'000 + info.st_mtim.tv_nsec};
}

class Scanner {
 public:
  Scanner(const IndexOptions& options, Catalog* catalog, Roots* roots)
      : options_(options), catalog_(catalog), roots_(roots) {
    for (const std::string& pattern : options.exclude) {
      const std::string trimmed = pattern.substr(0, pattern.find_last_not_of('/') + 1);
      exclude_.push_back({trimmed, AbsolutePath(trimmed)});
    }
  }

  Result<ScanResult> Run() {
    HL_TRY(catalog_->BeginScan());
    for (const auto& [root, path] : roots_->Under("/")) root_at_.emplace(path.native(), root);
    for (const Path& path : options_.paths) HL_TRY(AddPath(AbsolutePath(path)));
    return std::move(result_);
  }

 private:
  struct Exclude {
    std::string pattern;
    std::string absolute;  // the pattern as a path from the current folder
  };

  Result<RootedPath> FindOrAdd(const Path& path, const Path& folder) {
    HL_ASSIGN(const RootedPath place, roots_->FindOrAdd(catalog_, path, folder));
    root_at_.emplace(roots_->FolderOf(place.root).native(), place.root);
    return place;
  }

  Status AddPath(const Path& path) {
    struct stat info {};
    const bool present = ::stat(path.c_str(), &info) == 0;
    const int error = errno;
    if (present && S_ISDIR(info.st_mode)) return AddRootFolder(path, info);
    if (!present && !roots_->Under(path).empty()) {
      result_.warnings.push_back(Printable(path) +
                                 ": the folder is not there (not mounted?); nothing of it was "
                                 "removed. If it is gone for good: `hashlens remove " +
                                 ShellWord(roots_->library()) + " " + ShellWord(path) + "`");
      return {};
    }
    if (!present) return AddAbsent(path, ErrnoStatus(error, "opening", path));
    HL_ASSIGN(const RootedPath place, FindOrAdd(path, path.parent_path()));
    return AddFile(place, path.native(), info, /*named=*/true);
  }

  // A mistyped path must not become a root, nor a failure.
  Status AddAbsent(const Path& path, const Status& why) {
    const RootedPath known = roots_->Find(path);
    if (known.root != 0 && why.code() != StatusCode::kNotFound) return AddFailure(known, {}, why);
    std::error_code error;  // a root that cannot be looked at counts as unmounted: empty
    if (known.root != 0 && !std::filesystem::is_empty(roots_->FolderOf(known.root), error) &&
        !error) {
      result_.folders.push_back(path);
      HL_ASSIGN(const bool had_images, HasImages(known.root, known.path));
      if (had_images) return {};
    }
    result_.missing.push_back(why.message());
    return {};
  }

  Status AddRootFolder(const Path& folder, const struct stat& info) {
    HL_ASSIGN(const RootedPath place, FindOrAdd(folder, folder));
    if (entered_.Contains(folder.native(), info)) return {};  // part of an earlier path of this run
    const uint64_t entries_before = entries_;
    HL_TRY(Walk(folder, place, info));
    for (const auto& [root, path] : roots_->Under(folder)) HL_TRY(roots_->Record(catalog_, root));
    if (entries_ > entries_before) {
      result_.folders.push_back(folder);
      return {};
    }
    if (!result_.unreadable.empty() && result_.unreadable.back() == folder) return {};
    // An unmounted disk leaves an empty folder behind: that is no reason to think its pictures
    // gone.
    HL_ASSIGN(bool had_images, HasImages(place.root, place.path));
    for (const auto& [root, path] : roots_->Under(folder)) {
      HL_ASSIGN(const bool nested, HasImages(root, ""));
      had_images = had_images || nested;
    }
    if (had_images) {
      result_.warnings.push_back(
          Printable(folder) +
          ": the folder is empty now (not mounted?); nothing of it was removed");
    }
    return {};
  }

  // Whether the library has an image there.
  Result<bool> HasImages(uint64_t root, const std::string& prefix) {
    bool found = false;
    const Status status = catalog_->ForEachImageUnder(root, prefix, [&](const ImageRow&) {
      found = true;
      return Cancelled("one is enough");
    });
    if (!status.ok() && !found) return status;
    return found;
  }

  // A folder that is being looked through.
  struct OpenFolder {
    std::string path;
    std::string real;  // with links followed
    RootedPath place;
    std::vector<std::string> names;
    size_t next = 0;  // of the names
  };

  // Depth first, names sorted in each folder. What one folder costs does not grow with its depth
  // but for the length of its path, and no depth is too much for the stack.
  Status Walk(const Path& folder, const RootedPath& place, const struct stat& info) {
    std::vector<OpenFolder> open;
    HL_TRY(Enter(folder.native(), folder.native(), place, info, &open));
    while (!open.empty()) {
      if (options_.stop.stop_requested()) return {};
      OpenFolder& inner = open.back();
      if (inner.next == inner.names.size()) {
        open.pop_back();
        continue;
      }
      const std::string name = std::move(inner.names[inner.next++]);
      ++entries_;
      const std::string relative = inner.place.path.empty() ? name : inner.place.path + "/" + name;
      const std::string path = inner.path + "/" + name;
      if (!IsExcluded(path, name, relative))
        HL_TRY(Visit(path, name, {inner.place.root, relative}, inner.real, &open));
    }
    return {};
  }

  Status Enter(const std::string& path, const std::string& real, const RootedPath& place,
               const struct stat& info, std::vector<OpenFolder>* open) {
    if (!entered_.Enter(real, info)) return {};  // a link back, or a second way in
    auto names = ListFolder(path);
    if (!names.ok()) {
      result_.unreadable.emplace_back(path);
      return AddFailure(place, {}, names.status());
    }
    // Of the root folder "/", names follow at once.
    open->push_back({path == "/" ? std::string() : path, real, place, *std::move(names)});
    return {};
  }

  Status Visit(const std::string& path, const std::string& name, RootedPath place,
               const std::string& real_folder, std::vector<OpenFolder>* open) {
    struct stat info {};
    const bool present = ::stat(path.c_str(), &info) == 0;
    const int error = errno;
    if (present && !S_ISDIR(info.st_mode) && options_.within.empty())
      return AddFile(place, path, info, /*named=*/false);
    struct stat link {};
    const bool is_link = ::lstat(path.c_str(), &link) == 0 && S_ISLNK(link.st_mode);
    if (!present) {
      if (is_link && error == ENOENT)
        return AddFailure(place, {}, NotFound("a link to a file that is not there"));
      if (error == ENOENT) return {};  // it went between listing and looking
      return AddFailure(place, {}, ErrnoStatus(error, "looking at", path));
    }
    if (is_link && LeadsOut(path))
      return AddFailure(place, {},
                        InvalidArgument("a link out of the folders that may be indexed"));
    if (!S_ISDIR(info.st_mode)) return AddFile(place, path, info, /*named=*/false);
    constexpr std::string_view kLibrary = ".hashlens";  // a library is not a collection
    if (name.size() > kLibrary.size() && name.ends_with(kLibrary)) return {};
    const std::string real = RealPathBelow(real_folder, name, is_link);
    if (real.empty()) return {};  // it went between looking and looking
    // A nested root keeps its own files, so that no picture is in the library twice.
    if (const auto root = root_at_.find(path); root != root_at_.end()) place = {root->second, ""};
    return Enter(path, real, place, info, open);
  }

  // Of a link; folders above it were looked at before it.
  bool LeadsOut(const std::string& path) const {
    if (options_.within.empty()) return false;
    std::error_code error;
    const Path real = std::filesystem::canonical(path, error);
    return error || std::ranges::none_of(options_.within, [&](const Path& folder) {
             return std::ranges::mismatch(folder, real).in1 == folder.end();
           });
  }

  bool IsExcluded(const std::string& path, const std::string& name,
                  const std::string& relative) const {
    if (!options_.hidden && name.starts_with('.')) return true;
    const auto matches = [](const std::string& pattern, const std::string& text) {
      return ::fnmatch(pattern.c_str(), text.c_str(), 0) == 0;
    };
    return std::any_of(exclude_.begin(), exclude_.end(), [&](const Exclude& exclude) {
      return matches(exclude.pattern, name) || matches(exclude.pattern, relative) ||
             matches(exclude.absolute, path);
    });
  }

  Status AddFile(const RootedPath& place, const std::string& path, const struct stat& info,
                 bool named) {
    ++files_;
    if (!S_ISREG(info.st_mode)) {  // a socket, a pipe, a device
      return named ? AddFailure(place, {}, InvalidArgument("not a regular file")) : Status();
    }
    // No file has this stamp, so that it counts as changed if it is known.
    constexpr FileStamp kNone{UINT64_MAX, INT64_MIN};
    const FileStamp stamp = options_.reread ? kNone : StampOf(info);
    HL_ASSIGN(const FileState state,
              catalog_->AddFile(place.root, place.path, stamp, options_.retry, named));
    switch (state) {
      case FileState::kUnchanged:
        ++result_.unchanged;
        if (!options_.tags.empty() || !options_.own_keys.empty())
          HL_TRY(NoteUnchanged(place, path));
        break;
      case FileState::kFailedBefore:
        if (!options_.retry) ++result_.failed_before;
        break;
      case FileState::kSkippedBefore:
        if (!options_.retry) ++result_.skipped_before;
        break;
      case FileState::kNew:
      case FileState::kChanged:
        break;
    }
    Report();
    return {};
  }

  Status NoteUnchanged(const RootedPath& place, const std::string& path) {
    HL_ASSIGN(const std::optional<ImageRow> image,
              catalog_->FindImageByPath(place.root, place.path));
    if (!image)
      return Corruption(Printable(std::string_view(path)) +
                        ": the catalog lost it between two looks");
    result_.unchanged_ids.push_back(image->id);
    return {};
  }

  Status AddFailure(const RootedPath& place, const FileStamp& stamp, const Status& why) {
    const Path path = roots_->Resolve(place.root, place.path);
    result_.failures.push_back(
        {place.root, place.path, stamp, false, ReasonWithoutPath(why, path), NowMs()});
    return {};
  }

  void Report() {
    if (!options_.progress || watch_.Seconds() < kProgressSeconds) return;
    watch_.Lap();
    options_.progress({"looking for pictures", files_, 0, result_.failures.size(), 0});
  }

  const IndexOptions& options_;
  Catalog* catalog_;
  Roots* roots_;
  ScanResult result_;
  EnteredFolders entered_;
  std::unordered_map<std::string, uint64_t> root_at_;  // every root by its folder
  std::vector<Exclude> exclude_;
  uint64_t entries_ = 0;  // names met, excluded ones too
  uint64_t files_ = 0;
  Stopwatch watch_;
};

bool IsBelow(const Path& path, const std::vector<Path>& folders) {
  return std::any_of(folders.begin(), folders.end(), [&](const Path& folder) {
    return path.native().starts_with(folder.native() + "/");
  });
}

// Unseen can also mean excluded or hidden this time: a file is gone when the system denies it, or
// has something else in its place. A link that leads nowhere may be to a disk that is not mounted.
bool IsGone(const Path& path) {
  struct stat info {};
  if (::stat(path.c_str(), &info) == 0) return !S_ISREG(info.st_mode);
  if (errno != ENOENT && errno != ENOTDIR) return false;
  return ::lstat(path.c_str(), &info) != 0 && (errno == ENOENT || errno == ENOTDIR);
}

}  // namespace

Result<ScanResult> ScanFiles(const IndexOptions& options, Catalog* catalog, Roots* roots) {
  return Scanner(options, catalog, roots).Run();
}

Status ForEachVanished(const ScanResult& scan, const Catalog& catalog, const Roots& roots,
                       const std::function<Status(const ImageRow&, const Path&)>& use) {
  const auto check = [&](const ImageRow& image) -> Status {
    const Path path = roots.Resolve(image.root, image.path);
    if (IsGiven(image.stamp) || IsBelow(path, scan.unreadable)) return {};
    return IsGone(path) ? use(image, path) : Status();
  };
  for (const Path& folder : scan.folders) {
    const RootedPath place = roots.Find(folder);
    HL_TRY(catalog.ForEachUnseenImage(place.root, place.path, check));
    for (const auto& [root, path] : roots.Under(folder)) {
      if (root != place.root) HL_TRY(catalog.ForEachUnseenImage(root, "", check));
    }
  }
  return {};
}

}  // namespace hashlens
