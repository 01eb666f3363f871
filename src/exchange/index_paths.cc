// An index run over whatever is named: folders, files, databases and lists.
#include <algorithm>
#include <functional>
#include <string_view>

#include "base/guard.h"
#include "base/try.h"
#include "data/picture_list.h"
#include "hashlens/database.h"
#include "source/record_source.h"

namespace hashlens {
namespace {

struct SplitPaths {
  std::vector<Path> files;      // and folders
  std::vector<Path> databases;  // and lists
};

SplitPaths Split(const std::vector<Path>& paths) {
  SplitPaths split;
  for (const Path& path : paths) (IsDatabase(path) ? split.databases : split.files).push_back(path);
  return split;
}

AddDatabaseOptions DatabaseOptions(const IndexPathsOptions& options, const Path& database) {
  AddDatabaseOptions add;
  add.path = database;
  add.data = options.data;
  add.label_names = options.label_names;
  add.tags = options.files.tags;
  add.retry = options.files.retry;
  add.batch = options.files.batch;
  add.progress = options.files.progress;
  add.stop = options.files.stop;
  return add;
}

// An option that would be passed over is a mistake of whoever gave it.
Status CheckOptionsFit(const IndexPathsOptions& options, const SplitPaths& split) {
  const auto any = [&](const auto& is_meant) {
    return std::ranges::any_of(split.databases, is_meant);
  };
  const DataOptions& data = options.data;
  const auto is_hdf5_list = [&](const Path& path) { return !ListedHdf5Files(path, data).empty(); };
  const auto is_hdf5 = [&](const Path& path) {
    return KindOfSource(path) == SourceKind::kHdf5 || is_hdf5_list(path);
  };
  const auto has_pixels = [&](const Path& path) {
    return KindOfSource(path) != SourceKind::kNone || is_hdf5_list(path);
  };
  const auto is_list = [&](const Path& path) { return LooksLikeList(path) || is_hdf5_list(path); };
  const IndexOptions& files = options.files;
  const struct {
    bool given;
    bool has_use;
    std::string_view what;
  } checks[] = {
      {!data.dataset.empty(), any(is_hdf5), "a dataset can only be chosen in an HDF5 file"},
      {!data.labels.empty(), any(is_hdf5),
       "a dataset of labels can only be chosen in an HDF5 file"},
      {data.rgb, any(has_pixels), "only the pixels of a database can have red first"},
      {!data.root.empty(), any(is_list), "a root is only for the relative paths of a list"},
      {!options.label_names.empty(), !split.databases.empty(),
       "names of labels are only for a database or a list"},
      {!files.exclude.empty() || files.prune || files.hidden || files.reread, !split.files.empty(),
       "exclude, prune, hidden and reread are only for folders and files"},
  };
  for (const auto& check : checks) {
    if (check.given && !check.has_use)
      return InvalidArgument(std::string(check.what) + ", and no path is one");
  }
  return {};
}

template <typename T>
void Append(const std::vector<T>& more, std::vector<T>* all) {
  all->insert(all->end(), more.begin(), more.end());
}

}  // namespace

void AddReport(const IndexReport& other, IndexReport* report) {
  for (const auto count :
       {&IndexReport::added, &IndexReport::replaced, &IndexReport::damaged, &IndexReport::unchanged,
        &IndexReport::failed, &IndexReport::missing, &IndexReport::tagged, &IndexReport::skipped,
        &IndexReport::vanished, &IndexReport::pruned})
    report->*count += other.*count;
  for (const auto seconds : {&IndexReport::seconds, &IndexReport::fit_seconds,
                             &IndexReport::decode_seconds, &IndexReport::network_seconds})
    report->*seconds += other.*seconds;
  for (const auto flag :
       {&IndexReport::interrupted, &IndexReport::fitted, &IndexReport::kept_codes})
    report->*flag = report->*flag || other.*flag;
  Append(other.vanished_paths, &report->vanished_paths);
  Append(other.failures, &report->failures);
  Append(other.damages, &report->damages);
  Append(other.warnings, &report->warnings);
  if (other.reduction) report->reduction = other.reduction;
}

Status CheckPaths(const IndexPathsOptions& options) try {
  const SplitPaths split = Split(options.files.paths);
  HL_TRY(CheckOptionsFit(options, split));
  for (const Path& database : split.databases)
    HL_TRY(CheckDatabase(DatabaseOptions(options, database)));
  return {};
} catch (...) {
  return CaughtStatus();
}

Result<IndexReport> IndexPaths(LibraryWriter* writer, const IndexPathsOptions& options) try {
  SplitPaths split = Split(options.files.paths);
  HL_TRY(CheckOptionsFit(options, split));
  IndexReport all;
  if (!split.files.empty() || split.databases.empty()) {
    IndexOptions files = options.files;
    files.paths = std::move(split.files);
    HL_ASSIGN(all, writer->Index(files));
    for (const Path& path : files.paths) {
      if (const Status why = WhyNoList(path); !why.ok())
        all.warnings.push_back("not taken for a list of pictures: " + why.message());
    }
  }
  for (const Path& database : split.databases) {
    if (all.interrupted) break;
    HL_ASSIGN(const IndexReport report, AddDatabase(writer, DatabaseOptions(options, database)));
    AddReport(report, &all);
  }
  return all;
} catch (...) {
  return CaughtStatus();
}

}  // namespace hashlens
