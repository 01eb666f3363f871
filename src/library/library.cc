#include "hashlens/library.h"

#include <mutex>

#include "base/guard.h"
#include "base/try.h"
#include "library/export.h"
#include "library/housekeeping.h"
#include "library/layout.h"
#include "library/library_model.h"
#include "library/library_state.h"
#include "library/verify.h"

namespace hashlens {
namespace {

uint64_t FolderBytes(const Path& folder, std::string_view extension) {
  uint64_t bytes = 0;
  const auto names = ListFolder(folder);
  if (!names.ok()) return 0;
  for (const Path name : *names) {
    // Sizes are for people; a file that goes meanwhile counts nothing.
    std::error_code error;
    const uintmax_t size = std::filesystem::file_size(folder / name, error);
    if (!error && (extension.empty() || name.extension() == extension)) bytes += size;
  }
  return bytes;
}

}  // namespace

Library::Library(std::unique_ptr<State> state) : state_(std::move(state)) {}
Library::Library(Library&&) noexcept = default;
Library& Library::operator=(Library&&) noexcept = default;
Library::~Library() = default;

Result<Library> Library::Open(const Path& path, const OpenOptions& options) try {
  const Layout layout{AbsolutePath(LibraryPath(path))};
  HL_TRY(RequireLibrary(layout, path));
  HL_ASSIGN(Catalog catalog, Catalog::Open(layout.Catalog(), Catalog::Mode::kRead));
  auto state = std::make_unique<State>(layout, options, std::move(catalog));
  HL_TRY(state->Refresh().status());
  return Library(std::move(state));
} catch (...) {
  return CaughtStatus();
}

Result<bool> Library::Refresh() try { return state_->Refresh(); } catch (...) {
  return CaughtStatus();
}

Result<std::vector<Result<SearchResult>>> Library::Search(std::span<const Query> queries,
                                                          const SearchOptions& options) const try {
  if (options.k == 0) return InvalidArgument("k must be at least 1");
  if (state_->options.follow) HL_TRY(state_->Refresh().status());
  const std::shared_ptr<const View> view = state_->ForSearch(queries.size(), options);
  const auto path_of = [&](uint64_t id) { return PathOf(id); };
  HL_ASSIGN(std::vector<Result<PreparedQuery>> prepared,
            state_->query_features.Prepare(view->snapshot(), queries, path_of));
  std::vector<std::vector<float>> features;
  features.reserve(prepared.size());
  for (Result<PreparedQuery>& query : prepared) {
    if (query.ok()) features.push_back(std::move(query->feature));
  }
  HL_ASSIGN(std::vector<SearchResult> found, state_->SearchView(*view, features, options));
  std::vector<Result<SearchResult>> results;
  auto next = found.begin();
  for (size_t i = 0; i < queries.size(); ++i) {
    if (!prepared[i].ok()) {
      results.emplace_back(prepared[i].status());
      continue;
    }
    SearchResult& result = *next++;
    result.query = NameOf(queries[i]);
    result.query_damage = std::move(prepared[i]->damage);
    result.stages_ms.decode = prepared[i]->times.decode;
    result.stages_ms.network = prepared[i]->times.network;
    results.emplace_back(std::move(result));
  }
  return results;
} catch (...) {
  return CaughtStatus();
}

Result<Path> Library::PathOf(uint64_t id) const try {
  const Status none = NotFound("id:" + std::to_string(id) + ": no such image in the library");
  const std::shared_ptr<const View> view = state_->Current();
  const Snapshot& snapshot = view->snapshot();
  if (!snapshot.RowOf(id)) return none;
  std::lock_guard lock(state_->catalog_mutex);
  HL_ASSIGN(const std::optional<ImageRow> image,
            state_->catalog.FindImageOf(snapshot.catalog(), id));
  return image ? Result<Path>(view->roots().Resolve(image->root, image->path)) : none;
} catch (...) {
  return CaughtStatus();
}

Result<LibraryInfo> Library::Info() const try {
  const std::shared_ptr<const View> view = state_->Current();
  const Snapshot& snapshot = view->snapshot();
  std::lock_guard lock(state_->catalog_mutex);
  HL_ASSIGN(const CatalogCounts counts, state_->catalog.Counts());
  LibraryInfo info;
  info.path = state_->layout.folder;
  info.images = counts.images;
  info.removed = counts.removed;
  info.failures = counts.failures;
  info.skipped = counts.skipped;
  info.segments = snapshot.segments().size();
  info.feature_bytes = FolderBytes(state_->layout.Segments(), ".features");
  info.code_bytes = FolderBytes(state_->layout.Segments(), ".codes");
  std::error_code error;
  info.catalog_bytes = std::filesystem::file_size(state_->layout.Catalog(), error);
  info.model_bytes = FolderBytes(state_->layout.Model(), "");
  info.arrangement_bytes = std::filesystem::file_size(state_->layout.Arrangement(), error);
  if (error) info.arrangement_bytes = 0;
  const auto arranged = snapshot.codes().CheckPrepared(state_->layout.Arrangement());
  if (arranged.ok())
    info.arranged = *arranged;
  else if (arranged.status().code() != StatusCode::kNotFound)
    info.arrangement_problem = arranged.status().message();
  info.distinct_codes = snapshot.codes().CountDistinct(snapshot.live());
  info.model = snapshot.meta().model_name;
  info.feature_digest = snapshot.meta().feature_digest;
  info.dim = snapshot.meta().dim;
  if (const auto model = OpenLibraryModel(state_->layout, snapshot.meta()); model.ok()) {
    info.features = model->form();
    info.model_dim = model->package.dim;
  }
  info.bits = snapshot.meta().bits;
  info.head_method = snapshot.head().method;
  info.head_fitted = snapshot.meta().head_fitted;
  info.format_version = kLibraryFormatVersion;
  info.roots = view->roots().Folders();
  return info;
} catch (...) {
  return CaughtStatus();
}

Result<std::vector<StoredSegment>> Library::Segments() const try {
  return state_->Current()->snapshot().Stored(state_->layout);
} catch (...) {
  return CaughtStatus();
}

Result<std::vector<Failure>> Library::Failures(bool with_skipped) const try {
  std::vector<Failure> failures;
  const std::shared_ptr<const View> view = state_->Current();
  std::lock_guard lock(state_->catalog_mutex);
  HL_TRY(state_->catalog.ForEachFailure(with_skipped, [&](const FailureRow& row) -> Status {
    failures.push_back(
        {view->roots().Resolve(row.root, row.path), row.reason, row.skipped, row.at_ms});
    return {};
  }));
  return failures;
} catch (...) {
  return CaughtStatus();
}

Result<std::vector<TagCount>> Library::TagCounts() const try {
  std::lock_guard lock(state_->catalog_mutex);
  HL_ASSIGN(std::vector<CatalogTagCount> counts, state_->catalog.TagCounts());
  std::vector<TagCount> tags;
  tags.reserve(counts.size());
  for (CatalogTagCount& count : counts)
    tags.push_back({{std::move(count.key), std::move(count.value)}, count.images});
  return tags;
} catch (...) {
  return CaughtStatus();
}

Status Library::Export(const Path& folder, const ProgressFunction& progress,
                       std::stop_token stop) const try {
  const std::shared_ptr<const View> view = state_->Current();
  std::lock_guard lock(state_->catalog_mutex);
  return ExportLibrary(view->snapshot(), state_->catalog, view->roots(), folder, progress,
                       std::move(stop));
} catch (...) {
  return CaughtStatus();
}

Result<VerifyReport> VerifyLibraryAt(const Path& path, const ProgressFunction& progress,
                                     std::stop_token stop) try {
  const Layout layout{AbsolutePath(LibraryPath(path))};
  if (Status status = RequireLibrary(layout, path); status.code() == StatusCode::kCorruption) {
    VerifyReport report;
    report.problems.push_back(status.message());
    return report;
  } else if (!status.ok()) {
    return status;
  }
  return VerifyLibrary(layout, progress, std::move(stop));
} catch (...) {
  return CaughtStatus();
}

}  // namespace hashlens
