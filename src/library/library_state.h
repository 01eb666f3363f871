// What a Library holds: the parts of its functions that they share.
#ifndef HASHLENS_LIBRARY_LIBRARY_STATE_H_
#define HASHLENS_LIBRARY_LIBRARY_STATE_H_

#include <algorithm>
#include <atomic>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "base/try.h"
#include "hashlens/library.h"
#include "library/arrange.h"
#include "library/categories.h"
#include "library/jobs.h"
#include "library/layout.h"
#include "library/query_features.h"
#include "library/search.h"
#include "library/view.h"

namespace hashlens {

// When the codes were last arranged.
inline std::filesystem::file_time_type ArrangedAt(const Layout& layout) {
  std::error_code error;  // there may be none
  return std::filesystem::last_write_time(layout.Arrangement(), error);
}

struct Library::State {
  // While a writer removes what is found.
  static constexpr int kSearchesAgain = 20;

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
  mutable std::mutex categories_mutex;
  mutable std::shared_ptr<const CategoryMaker> categories;  // nullptr until they are asked for
  mutable std::string categories_digest;                    // of the features that it is for

  State(Layout l, const OpenOptions& o, Catalog c)
      : layout(std::move(l)), options(o), catalog(std::move(c)), query_features(layout, options) {}

  // The classifier of the library's model. kInvalidArgument when it has none.
  Result<std::shared_ptr<const CategoryMaker>> Categories(const LibraryMeta& meta) const;

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

  // What an open library shows: with `follow`, what has changed is seen.
  Result<std::shared_ptr<const View>> Latest() {
    if (options.follow) HL_TRY(Refresh().status());
    return Current();
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
    if (search.bucket >= 0 || search.all_features) return current;  // they need no arrangement
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
  Status DescribeHits(const View& current, SearchResult* result,
                      std::vector<uint64_t>* gone) const {
    std::lock_guard lock(catalog_mutex);
    for (Hit& hit : result->hits) {
      HL_ASSIGN(const std::optional<ImageRow> image,
                catalog.FindImageOf(current.snapshot().catalog(), hit.id));
      if (!image) {
        gone->push_back(hit.id);
        continue;
      }
      hit.path = current.roots().Resolve(image->root, image->path);
      hit.width = image->width;
      hit.height = image->height;
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
      for (SearchResult& result : results) HL_TRY(DescribeHits(current, &result, &gone));
      // Reading all features once more takes long.
      const bool is_long = search.bucket >= 0 || search.all_features;
      if (gone.empty() || again == (is_long ? 1 : kSearchesAgain)) {
        if (!gone.empty()) {
          for (SearchResult& result : results) result.exact = false;
        }
        return results;
      }
      if (!left) left.emplace(allowed ? *allowed : Bitmap(snapshot.rows(), true));
      for (const uint64_t id : gone) {
        if (const auto row = snapshot.RowOf(id)) left->Clear(*row);
      }
    }
  }
};

}  // namespace hashlens

#endif  // HASHLENS_LIBRARY_LIBRARY_STATE_H_
