#include "hashlens/library.h"

#include <algorithm>
#include <atomic>
#include <mutex>

#include "base/guard.h"
#include "base/try.h"
#include "library/arrange.h"
#include "library/export.h"
#include "library/housekeeping.h"
#include "library/jobs.h"
#include "library/layout.h"
#include "library/library_model.h"
#include "library/query_features.h"
#include "library/search.h"
#include "library/verify.h"
#include "library/view.h"

namespace hashlens {
namespace {

// While a writer removes what is found.
constexpr int kSearchesAgain = 20;

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

// When the codes were last arranged.
std::filesystem::file_time_type ArrangedAt(const Layout& layout) {
  std::error_code error;  // there may be none
  return std::filesystem::last_write_time(layout.Arrangement(), error);
}

}  // namespace

struct Library::State {
  Layout layout;
  OpenOptions options;
  Catalog catalog;
  mutable std::mutex catalog_mutex;  // the catalog is for one thread at a time
  // Of the catalog and the arrangement: `view` is at least as new.
  int64_t version = 0;
  std::filesystem::file_time_type arranged_at;
  mutable std::mutex view_mutex;
  mutable std::shared_ptr<const View> view;  // replaced, never changed
  mutable std::atomic<double> scanned_ns{0};
  mutable QueryFeatures query_features;

  State(Layout l, const OpenOptions& o, Catalog c)
      : layout(std::move(l)), options(o), catalog(std::move(c)), query_features(layout, options) {}

  std::shared_ptr<const View> Current() const {
    std::lock_guard lock(view_mutex);
    return view;
  }

  // Whether something has changed.
  Result<bool> Refresh() {
    std::lock_guard lock(catalog_mutex);
    HL_ASSIGN(const int64_t now, catalog.DataVersion());
    const std::filesystem::file_time_type arranged = ArrangedAt(layout);
    const std::shared_ptr<const View> before = Current();
    if (before && now == version && arranged == arranged_at) return false;
    HL_ASSIGN(std::shared_ptr<const View> after, View::Load(layout, catalog, before.get()));
    if (options.prepare) {
      HL_ASSIGN(after, Prepared(std::move(after)));
    }
    version = now;
    arranged_at = arranged;
    std::lock_guard view_lock(view_mutex);
    view = std::move(after);
    return true;
  }

  // Reads the arrangement that the library keeps, and gives the view that goes by it. One that
  // cannot be used is no error: the codes are scanned, and `verify` tells.
  std::shared_ptr<const View> Arranged(std::shared_ptr<const View> current, bool needed) const {
    if (!current->MayLookForArrangement(needed)) return current;
    if (!needed && !IsWorthItsMemory(layout)) return current;
    auto snapshot = current->snapshot().WithArrangement(layout.Arrangement());
    if (!snapshot.ok()) return current;
    std::shared_ptr<const View> arranged = current->With(std::move(*snapshot));
    std::lock_guard lock(view_mutex);
    if (view == current) view = arranged;
    return arranged;
  }

  // The same with arranged codes, whatever that takes.
  Result<std::shared_ptr<const View>> Prepared(std::shared_ptr<const View> current) const {
    if (MostAreArranged(current->snapshot().codes())) return current;
    current = Arranged(std::move(current), /*needed=*/true);
    if (MostAreArranged(current->snapshot().codes())) return current;
    HL_ASSIGN(auto snapshot, current->snapshot().Prepared(JobCount(options.jobs)));
    return current->With(std::move(snapshot));
  }

  // The view for so many queries. Whoever scans for as long as reading the arrangement would take
  // has it read: whatever comes, no more than twice the least possible time is spent.
  std::shared_ptr<const View> ForSearch(size_t queries, const SearchOptions& search) const {
    std::shared_ptr<const View> current = Current();
    const CodeIndex& codes = current->snapshot().codes();
    if (!codes.Can(search.strategy)) return Arranged(std::move(current), /*needed=*/true);
    const uint64_t scanned = codes.rows() - codes.prepared_rows();
    if (search.strategy == Strategy::kScan || scanned < kArrangedImages) return current;
    const double expected = ScanningNs(scanned, codes.bits(), queries);
    const double total = scanned_ns.fetch_add(expected) + expected;
    if (total < LoadingNs(codes.rows(), codes.bits())) return current;
    // Codes that are all far from each other are scanned as quickly, but for who asks for near
    // ones.
    return Arranged(std::move(current), search.radius >= 0);
  }

  // The rows that filters leave; nullptr when there is no filter.
  Result<std::shared_ptr<const Bitmap>> Filtered(const View& current, const Filter& filter) const {
    std::lock_guard lock(catalog_mutex);
    return current.Filtered(filter, catalog);
  }

  // Leaves out hits that a writer has removed or replaced since, and adds them to `gone`.
  Status FillPaths(const View& current, SearchResult* result, std::vector<uint64_t>* gone) const {
    std::lock_guard lock(catalog_mutex);
    for (Hit& hit : result->hits) {
      HL_ASSIGN(const std::optional<ImageRow> image,
                catalog.FindImageOf(current.snapshot().catalog(), hit.id));
      if (image)
        hit.path = current.roots().Resolve(image->root, image->path);
      else
        gone->push_back(hit.id);
    }
    std::erase_if(result->hits, [](const Hit& hit) { return hit.path.empty(); });
    uint32_t rank = 0;
    for (Hit& hit : result->hits) hit.rank = ++rank;
    return {};
  }

  // One result a feature. What turns out to be removed is not searched again, so that others come
  // in its place.
  Result<std::vector<SearchResult>> SearchView(const View& current,
                                               const std::vector<std::vector<float>>& features,
                                               const SearchOptions& search) const {
    const Snapshot& snapshot = current.snapshot();
    HL_ASSIGN(const std::shared_ptr<const Bitmap> filtered, Filtered(current, search.filter));
    const Bitmap* allowed = filtered ? filtered.get() : snapshot.live();
    std::optional<Bitmap> left;
    for (int again = 0;; ++again) {
      HL_ASSIGN(std::vector<SearchResult> results,
                SearchFeatures(snapshot, features, search, left ? &*left : allowed,
                               JobCount(options.jobs)));
      std::vector<uint64_t> gone;
      for (SearchResult& result : results) HL_TRY(FillPaths(current, &result, &gone));
      if (gone.empty() || again == kSearchesAgain) return results;
      if (!left) left.emplace(allowed ? *allowed : Bitmap(snapshot.rows(), true));
      for (const uint64_t id : gone) {
        if (const auto row = snapshot.RowOf(id)) left->Clear(*row);
      }
    }
  }
};

Library::Library(std::unique_ptr<State> state) : state_(std::move(state)) {}
Library::Library(Library&&) noexcept = default;
Library& Library::operator=(Library&&) noexcept = default;
Library::~Library() = default;

Result<Library> Library::Open(const Path& path, const OpenOptions& options) try {
  const Layout layout{AbsolutePath(LibraryPath(path))};
  HL_TRY(RequireLibrary(layout));
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
  HL_ASSIGN(std::vector<Result<PreparedQuery>> prepared,
            state_->query_features.Prepare(view->snapshot(), queries));
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
  if (Status status = RequireLibrary(layout); status.code() == StatusCode::kCorruption) {
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
