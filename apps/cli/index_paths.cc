#include "apps/cli/index_paths.h"

#include <algorithm>

namespace hashlens {
namespace {

AddDatabaseOptions OptionsOf(const IndexPaths& paths, const std::filesystem::path& database) {
  AddDatabaseOptions options;
  options.path = database;
  options.data = paths.data;
  options.label_names = paths.label_names;
  options.tags = paths.files.tags;
  options.retry = paths.files.retry;
  options.batch = paths.files.batch;
  options.progress = paths.files.progress;
  options.stop = paths.files.stop;
  return options;
}

template <typename T>
void Append(const std::vector<T>& more, std::vector<T>* all) {
  all->insert(all->end(), more.begin(), more.end());
}

void AddReport(const IndexReport& more, IndexReport* all) {
  for (const auto count : {&IndexReport::added, &IndexReport::replaced, &IndexReport::unchanged,
                           &IndexReport::failed, &IndexReport::missing, &IndexReport::tagged,
                           &IndexReport::skipped, &IndexReport::vanished, &IndexReport::pruned})
    all->*count += more.*count;
  for (const auto seconds : {&IndexReport::seconds, &IndexReport::fit_seconds,
                             &IndexReport::decode_seconds, &IndexReport::network_seconds})
    all->*seconds += more.*seconds;
  for (const auto flag :
       {&IndexReport::interrupted, &IndexReport::fitted, &IndexReport::kept_codes})
    all->*flag = all->*flag || more.*flag;
  Append(more.vanished_paths, &all->vanished_paths);
  Append(more.failures, &all->failures);
  Append(more.warnings, &all->warnings);
  if (more.reduction) all->reduction = more.reduction;
}

}  // namespace

void TakeDatabases(IndexPaths* paths) {
  auto& files = paths->files.paths;
  const auto first = std::stable_partition(files.begin(), files.end(),
                                           [](const auto& path) { return !IsDatabase(path); });
  paths->databases.assign(first, files.end());
  files.erase(first, files.end());
}

Status CheckDatabases(const IndexPaths& paths) {
  for (const auto& database : paths.databases) {
    if (Status status = CheckDatabase(OptionsOf(paths, database)); !status.ok()) return status;
  }
  return {};
}

Result<IndexReport> IndexAll(const IndexPaths& paths, LibraryWriter* writer) {
  IndexReport all;
  if (!paths.files.paths.empty() || paths.databases.empty()) {
    auto report = writer->Index(paths.files);
    if (!report.ok()) return report;
    all = *std::move(report);
  }
  for (const auto& database : paths.databases) {
    if (all.interrupted) break;
    const auto report = AddDatabase(writer, OptionsOf(paths, database));
    if (!report.ok()) return report;
    AddReport(*report, &all);
  }
  return all;
}

}  // namespace hashlens
