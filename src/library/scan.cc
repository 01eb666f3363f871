#include "library/scan.h"

#include <fnmatch.h>
#include <sys/stat.h>

#include <algorithm>
#include <cerrno>

#include "base/try.h"
#include "library/given_pictures.h"
#include "library/stopwatch.h"

namespace hashlens {
namespace {

constexpr double kProgressSeconds = 0.1;

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
    for (const Path& path : options_.paths) HL_TRY(AddPath(AbsolutePath(path)));
    return std::move(result_);
  }

 private:
  struct Exclude {
    std::string pattern;
    std::string absolute;  // the pattern as a path from the current folder
  };

  Status AddPath(const Path& path) {
    struct stat info {};
    const bool present = ::stat(path.c_str(), &info) == 0;
    const int error = errno;
    if (present && S_ISDIR(info.st_mode)) return AddRootFolder(path, info);
    if (!present && !roots_->Under(path).empty()) {
      result_.warnings.push_back(Printable(path) +
                                 ": the folder is not there (not mounted?); nothing of it was "
                                 "removed. If it is gone for good: hashlens remove LIB " +
                                 Printable(path));
      return {};
    }
    if (!present) return AddAbsent(path, ErrnoStatus(error, "opening", path));
    HL_ASSIGN(const RootedPath place, roots_->FindOrAdd(catalog_, path, path.parent_path()));
    return AddFile(place, path, info, /*named=*/true);
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
    HL_ASSIGN(const RootedPath place, roots_->FindOrAdd(catalog_, folder, folder));
    if (entered_.contains({info.st_dev, info.st_ino}))
      return {};  // part of an earlier path of this run
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

  Status Walk(const Path& folder, const RootedPath& place, const struct stat& info) {
    if (!entered_.emplace(info.st_dev, info.st_ino).second)
      return {};  // a link back, or a second way in
    auto names = ListFolder(folder);
    if (!names.ok()) {
      result_.unreadable.push_back(folder);
      return AddFailure(place, {}, names.status());
    }
    for (const std::string& name : *names) {
      if (options_.stop.stop_requested()) return {};
      const std::string relative = place.path.empty() ? name : place.path + "/" + name;
      ++entries_;
      if (IsExcluded(folder / name, relative)) continue;
      HL_TRY(Visit(folder / name, {place.root, relative}));
    }
    return {};
  }

  Status Visit(const Path& path, RootedPath place) {
    struct stat info {};
    if (::stat(path.c_str(), &info) != 0) {
      const int error = errno;
      struct stat link {};
      const bool is_link = ::lstat(path.c_str(), &link) == 0 && S_ISLNK(link.st_mode);
      if (is_link && error == ENOENT)
        return AddFailure(place, {}, NotFound("a link to a file that is not there"));
      if (error == ENOENT) return {};  // it went between listing and looking
      return AddFailure(place, {}, ErrnoStatus(error, "looking at", path));
    }
    if (LeadsOut(path))
      return AddFailure(place, {},
                        InvalidArgument("a link out of the folders that may be indexed"));
    if (S_ISDIR(info.st_mode)) {
      if (path.extension() == ".hashlens") return {};  // a library is not a collection
      // A nested root keeps its own files, so that no picture is in the library twice.
      return Walk(path, roots_->Find(path), info);
    }
    return AddFile(place, path, info, /*named=*/false);
  }

  // Folders above it were looked at before it.
  bool LeadsOut(const Path& path) const {
    struct stat link {};
    if (options_.within.empty()) return false;
    if (::lstat(path.c_str(), &link) == 0 && !S_ISLNK(link.st_mode)) return false;
    std::error_code error;
    const Path real = std::filesystem::canonical(path, error);
    return error || std::ranges::none_of(options_.within, [&](const Path& folder) {
             return std::ranges::mismatch(folder, real).in1 == folder.end();
           });
  }

  bool IsExcluded(const Path& path, const std::string& relative) const {
    const std::string name = path.filename();
    if (!options_.hidden && name.starts_with('.')) return true;
    const auto matches = [](const std::string& pattern, const std::string& text) {
      return ::fnmatch(pattern.c_str(), text.c_str(), 0) == 0;
    };
    return std::any_of(exclude_.begin(), exclude_.end(), [&](const Exclude& exclude) {
      return matches(exclude.pattern, name) || matches(exclude.pattern, relative) ||
             matches(exclude.absolute, path.native());
    });
  }

  Status AddFile(const RootedPath& place, const Path& path, const struct stat& info, bool named) {
    ++files_;
    if (!S_ISREG(info.st_mode)) {  // a socket, a pipe, a device
      return named ? AddFailure(place, {}, InvalidArgument("not a regular file")) : Status();
    }
    HL_ASSIGN(const FileState state,
              catalog_->AddFile(place.root, place.path, StampOf(info), options_.retry, named));
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

  Status NoteUnchanged(const RootedPath& place, const Path& path) {
    HL_ASSIGN(const std::optional<ImageRow> image,
              catalog_->FindImageByPath(place.root, place.path));
    if (!image) return Corruption(Printable(path) + ": the catalog lost it between two looks");
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
  std::set<std::pair<dev_t, ino_t>> entered_;
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
