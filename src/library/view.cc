#include "library/view.h"

#include <algorithm>

#include "base/try.h"
#include "library/filter.h"

namespace hashlens {
namespace {

constexpr size_t kKeptFilters = 8;

}  // namespace

std::shared_ptr<const Bitmap> FilterCache::Find(const Filter& filter) {
  std::lock_guard lock(mutex_);
  const auto found =
      std::ranges::find_if(kept_, [&](const auto& kept) { return kept.first == filter; });
  if (found == kept_.end()) return nullptr;
  std::rotate(kept_.begin(), found, found + 1);
  return kept_.front().second;
}

void FilterCache::Keep(const Filter& filter, std::shared_ptr<const Bitmap> rows) {
  std::lock_guard lock(mutex_);
  kept_.emplace_front(filter, std::move(rows));
  if (kept_.size() > kKeptFilters) kept_.pop_back();
}

Result<std::shared_ptr<const View>> View::Load(const Layout& layout, const Catalog& catalog,
                                               const View* previous) {
  HL_ASSIGN(Roots roots, Roots::Load(catalog, layout.folder));
  HL_ASSIGN(std::shared_ptr<const Snapshot> snapshot,
            Snapshot::Load(layout, catalog, previous ? &previous->snapshot() : nullptr));
  return std::shared_ptr<const View>(
      new View(std::move(roots), std::move(snapshot), std::make_shared<FilterCache>()));
}

std::shared_ptr<const View> View::With(std::shared_ptr<const Snapshot> snapshot) const {
  return std::shared_ptr<const View>(new View(roots_, std::move(snapshot), filters_));
}

Result<std::shared_ptr<const Bitmap>> View::Filtered(const Filter& filter,
                                                     const Catalog& catalog) const {
  if (filter.empty()) return std::shared_ptr<const Bitmap>();
  if (auto kept = filters_->Find(filter)) return kept;
  HL_ASSIGN(const ImageFilter resolved, ResolveFilter(filter, catalog, roots_));
  HL_ASSIGN(const std::vector<uint64_t> ids, MatchingIds(catalog, resolved));
  auto rows = std::make_shared<const Bitmap>(snapshot_->RowsOf(ids));
  filters_->Keep(filter, rows);
  return std::shared_ptr<const Bitmap>(std::move(rows));
}

}  // namespace hashlens
