// A library as its searches see it at one moment.
#ifndef HASHLENS_LIBRARY_VIEW_H_
#define HASHLENS_LIBRARY_VIEW_H_

#include <array>
#include <atomic>
#include <deque>
#include <memory>
#include <mutex>
#include <utility>

#include "hashlens/options.h"
#include "library/roots.h"
#include "library/snapshot.h"

namespace hashlens {

// The rows that the last few filters left. Thread-safe.
class FilterCache {
 public:
  // nullptr when it is not there.
  std::shared_ptr<const Bitmap> Find(const Filter& filter);
  void Keep(const Filter& filter, std::shared_ptr<const Bitmap> rows);

 private:
  std::mutex mutex_;
  std::deque<std::pair<Filter, std::shared_ptr<const Bitmap>>> kept_;  // last used first
};

// Thread-safe; never changes, but for what it remembers.
class View {
 public:
  // The newest state. What has not changed since `previous` (or nullptr) is taken over from it.
  static Result<std::shared_ptr<const View>> Load(const Layout& layout, const Catalog& catalog,
                                                  const View* previous);
  // The same with another snapshot of the same state.
  std::shared_ptr<const View> With(std::shared_ptr<const Snapshot> snapshot) const;

  const Snapshot& snapshot() const { return *snapshot_; }
  const Roots& roots() const { return roots_; }
  // The rows that a filter leaves; nullptr when it is empty. Where the same was asked before, the
  // catalog is not.
  Result<std::shared_ptr<const Bitmap>> Filtered(const Filter& filter,
                                                 const Catalog& catalog) const;
  // True for the first caller alone: who then looks for an arrangement of the codes. `needed`: also
  // where it brings little.
  bool MayLookForArrangement(bool needed) const { return !looked_[needed ? 1 : 0].exchange(true); }

 private:
  View(Roots roots, std::shared_ptr<const Snapshot> snapshot, std::shared_ptr<FilterCache> filters)
      : roots_(std::move(roots)), snapshot_(std::move(snapshot)), filters_(std::move(filters)) {}

  Roots roots_;
  std::shared_ptr<const Snapshot> snapshot_;
  std::shared_ptr<FilterCache> filters_;
  mutable std::array<std::atomic<bool>, 2> looked_{};
};

}  // namespace hashlens

#endif  // HASHLENS_LIBRARY_VIEW_H_
