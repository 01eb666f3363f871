#include "hashlens/library.h"

#include <algorithm>
#include <atomic>
#include <mutex>
#include <system_error>
#include <thread>

#include "base/guard.h"
#include "base/try.h"
#include "library/export.h"
#include "library/feature_maker.h"
#include "library/filter.h"
#include "library/housekeeping.h"
#include "library/jobs.h"
#include "library/layout.h"
#include "library/roots.h"
#include "library/search.h"
#include "library/snapshot.h"
#include "library/verify.h"

namespace hashlens {
namespace {

uint64_t FolderBytes(const Path& folder, std::string_view extension) {
  uint64_t bytes = 0;
  std::error_code error;  // sizes are for people; a file that goes meanwhile counts nothing
  for (const auto& entry : std::filesystem::directory_iterator(folder, error)) {
    if (extension.empty() || entry.path().extension() == extension) bytes += entry.file_size(error);
  }
  return bytes;
}

std::string NameOf(const Query& query) {
  return query.id != 0 ? "id:" + std::to_string(query.id) : query.file.native();
}

// What one query of a batch needs before the codes are searched.
struct PreparedQuery {
  std::vector<float> feature;
  StageTimes times;
};

}  // namespace

struct Library::State {
  Layout layout;
  OpenOptions options;
  Catalog catalog;
  Roots roots;
  std::unique_ptr<Snapshot> snapshot;
  mutable std::mutex catalog_mutex;  // the catalog is for one thread at a time
  mutable std::mutex maker_mutex;
  mutable std::unique_ptr<FeatureMaker> maker;

  State(Layout l, const OpenOptions& o, Catalog c, Roots r, std::unique_ptr<Snapshot> s)
      : layout(std::move(l)),
        options(o),
        catalog(std::move(c)),
        roots(std::move(r)),
        snapshot(std::move(s)) {}

  // The network is loaded once, by the first query that brings a file; `parallel` files may then be
  // made at once.
  Result<const FeatureMaker*> Maker(int parallel) const {
    std::lock_guard lock(maker_mutex);
    if (!maker) {
      HL_ASSIGN(FeatureMaker made, LoadMaker(layout, snapshot->meta(), options, parallel));
      maker = std::make_unique<FeatureMaker>(std::move(made));
    }
    return maker.get();
  }

  Result<PreparedQuery> Prepare(const Query& query, const FeatureMaker* feature_maker,
                                bool* fatal) const {
    PreparedQuery prepared;
    if (query.id != 0) {
      const auto row = snapshot->RowOf(query.id);
      if (!row)
        return NotFound("id:" + std::to_string(query.id) + ": no such image in the library");
      auto feature = StoredFeature(*snapshot, *row);
      *fatal = !feature.ok();
      if (!feature.ok()) return feature.status();
      prepared.feature = std::move(*feature);
      return prepared;
    }
    auto made = query.bytes ? feature_maker->Make(AsBytes(*query.bytes), fatal)
                            : feature_maker->Make(query.file, fatal);
    if (!made.ok() && *fatal) return made.status();
    if (!made.ok())
      return Status(made.status().code(), Printable(query.file) + ": " + made.status().message());
    prepared.feature = std::move(made->values);
    prepared.times.decode = made->decode_seconds * 1e3;
    prepared.times.network = made->network_seconds * 1e3;
    return prepared;
  }

  // In order; several threads make features of files. Fails as a whole only for what is no query's
  // fault.
  Result<std::vector<Result<PreparedQuery>>> PrepareAll(std::span<const Query> queries) const {
    const auto files =
        std::count_if(queries.begin(), queries.end(), [](const Query& q) { return q.id == 0; });
    const int jobs = std::max(1, std::min(JobCount(options.jobs), static_cast<int>(files)));
    const FeatureMaker* feature_maker = nullptr;
    if (files > 0) {
      HL_ASSIGN(feature_maker, Maker(jobs));
    }
    std::vector<Result<PreparedQuery>> prepared(queries.size(),
                                                Result<PreparedQuery>(PreparedQuery()));
    std::atomic<size_t> next{0};
    std::mutex fatal_mutex;
    Status fatal_status;
    const auto work = [&] {
      for (size_t i = next++; i < queries.size(); i = next++) {
        bool fatal = false;
        prepared[i] = GuardExceptions([&] { return Prepare(queries[i], feature_maker, &fatal); });
        if (!fatal) continue;
        std::lock_guard lock(fatal_mutex);
        fatal_status = prepared[i].status();
      }
    };
    {
      std::vector<std::jthread> threads;
      try {
        for (int i = 1; i < jobs; ++i) threads.emplace_back(work);
      } catch (const std::system_error&) {
        // Fewer threads than asked for; this one alone can do it all.
      }
      work();
    }
    HL_TRY(fatal_status);
    return prepared;
  }

  // The rows that filters leave; none when there is no filter.
  Result<std::optional<Bitmap>> Filtered(const Filter& filter) const {
    if (filter.empty()) return std::optional<Bitmap>();
    std::lock_guard lock(catalog_mutex);
    HL_ASSIGN(const ImageFilter resolved, ResolveFilter(filter, catalog, roots));
    HL_ASSIGN(const std::vector<uint64_t> ids, MatchingIds(catalog, resolved));
    return std::optional<Bitmap>(snapshot->RowsOf(ids));
  }

  Status FillPaths(SearchResult* result) const {
    std::lock_guard lock(catalog_mutex);
    for (Hit& hit : result->hits) {
      HL_ASSIGN(const std::optional<ImageRow> image,
                catalog.FindImageOf(snapshot->catalog(), hit.id));
      // The writer may have removed or replaced it since this library was opened.
      if (image) hit.path = roots.Resolve(image->root, image->path);
    }
    std::erase_if(result->hits, [](const Hit& hit) { return hit.path.empty(); });
    return {};
  }
};

Library::Library(std::unique_ptr<State> state) : state_(std::move(state)) {}
Library::Library(Library&&) noexcept = default;
Library& Library::operator=(Library&&) noexcept = default;
Library::~Library() = default;

Result<Library> Library::Open(const Path& path, const OpenOptions& options) {
  const Layout layout{AbsolutePath(LibraryPath(path))};
  HL_TRY(RequireLibrary(layout));
  HL_ASSIGN(Catalog catalog, Catalog::Open(layout.Catalog(), Catalog::Mode::kRead));
  HL_ASSIGN(Roots roots, Roots::Load(catalog, layout.folder));
  HL_ASSIGN(std::unique_ptr<Snapshot> snapshot, Snapshot::Load(layout, catalog));
  if (options.prepare) HL_TRY(snapshot->Prepare(JobCount(options.jobs)));
  return Library(std::make_unique<State>(layout, options, std::move(catalog), std::move(roots),
                                         std::move(snapshot)));
}

Result<std::vector<Result<SearchResult>>> Library::Search(std::span<const Query> queries,
                                                          const SearchOptions& options) const {
  if (options.k == 0) return InvalidArgument("k must be at least 1");
  HL_ASSIGN(std::vector<Result<PreparedQuery>> prepared, state_->PrepareAll(queries));
  HL_ASSIGN(const std::optional<Bitmap> filtered, state_->Filtered(options.filter));
  const Bitmap* allowed = filtered ? &*filtered : state_->snapshot->live();
  std::vector<std::vector<float>> features;
  features.reserve(prepared.size());
  for (Result<PreparedQuery>& query : prepared) {
    if (query.ok()) features.push_back(std::move(query->feature));
  }
  HL_ASSIGN(std::vector<SearchResult> found,
            SearchFeatures(*state_->snapshot, features, options, allowed,
                           JobCount(state_->options.jobs)));
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
    HL_TRY(state_->FillPaths(&result));
    results.emplace_back(std::move(result));
  }
  return results;
}

Result<Path> Library::PathOf(uint64_t id) const {
  const Status none = NotFound("id:" + std::to_string(id) + ": no such image in the library");
  const Snapshot& snapshot = *state_->snapshot;
  if (!snapshot.RowOf(id)) return none;
  std::lock_guard lock(state_->catalog_mutex);
  HL_ASSIGN(const std::optional<ImageRow> image,
            state_->catalog.FindImageOf(snapshot.catalog(), id));
  return image ? Result<Path>(state_->roots.Resolve(image->root, image->path)) : none;
}

Result<LibraryInfo> Library::Info() const {
  const Snapshot& snapshot = *state_->snapshot;
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
  info.distinct_codes = snapshot.codes().CountDistinct(snapshot.live());
  info.model = snapshot.meta().model_name;
  info.feature_digest = snapshot.meta().feature_digest;
  info.dim = snapshot.meta().dim;
  info.bits = snapshot.meta().bits;
  info.head_method = snapshot.head().method;
  info.head_fitted = snapshot.meta().head_fitted;
  info.format_version = kLibraryFormatVersion;
  info.roots = state_->roots.Folders();
  return info;
}

Result<std::vector<Failure>> Library::Failures(bool with_skipped) const {
  std::vector<Failure> failures;
  std::lock_guard lock(state_->catalog_mutex);
  HL_TRY(state_->catalog.ForEachFailure(with_skipped, [&](const FailureRow& row) -> Status {
    failures.push_back(
        {state_->roots.Resolve(row.root, row.path), row.reason, row.skipped, row.at_ms});
    return {};
  }));
  return failures;
}

Result<std::vector<TagCount>> Library::TagCounts() const {
  std::lock_guard lock(state_->catalog_mutex);
  HL_ASSIGN(std::vector<CatalogTagCount> counts, state_->catalog.TagCounts());
  std::vector<TagCount> tags;
  tags.reserve(counts.size());
  for (CatalogTagCount& count : counts)
    tags.push_back({{std::move(count.key), std::move(count.value)}, count.images});
  return tags;
}

Status Library::Export(const Path& folder, const ProgressFunction& progress,
                       std::stop_token stop) const {
  std::lock_guard lock(state_->catalog_mutex);
  return ExportLibrary(*state_->snapshot, state_->catalog, state_->roots, folder, progress,
                       std::move(stop));
}

Result<VerifyReport> VerifyLibraryAt(const Path& path, const ProgressFunction& progress,
                                     std::stop_token stop) {
  const Layout layout{AbsolutePath(LibraryPath(path))};
  if (Status status = RequireLibrary(layout); status.code() == StatusCode::kCorruption) {
    VerifyReport report;
    report.problems.push_back(status.message());
    return report;
  } else if (!status.ok()) {
    return status;
  }
  return VerifyLibrary(layout, progress, std::move(stop));
}

}  // namespace hashlens
