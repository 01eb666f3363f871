#include "index/nearest_keys.h"

#include <hwy/contrib/sort/vqsort.h>

#include <algorithm>

#include "index/scan_kernel.h"

namespace hashlens {
namespace {

constexpr size_t kFewKeys = 128;  // not worth dropping

}  // namespace

NearestKeys::NearestKeys(Wanted wanted, uint32_t limit, uint64_t first)
    : wanted_(wanted), limit_(limit), first_(first), end_(MakeKey(limit, 0)), counts_(limit) {}

bool NearestKeys::Add(uint64_t key) {
  if (key < first_) return true;
  if (key < end_ && keys_.size() >= 2 * wanted_.bound() + 2 * kFewKeys) DropHopeless();
  if (key < end_) {
    keys_.push_back(key);
  } else if (!wanted_.whole_shell() || KeyDistance(key) >= limit_) {
    return false;
  }
  // Where shells are finished, all of a shell are counted, also those that are not kept.
  ++counts_[KeyDistance(key)];
  ++seen_;
  while (limit_ > 0 && seen_ - counts_[limit_ - 1] >= wanted_.k) {
    --limit_;
    seen_ -= counts_[limit_];
    end_ = std::min(end_, MakeKey(limit_, 0));
  }
  return true;
}

// Without branches: which keys stay is as good as random.
void NearestKeys::DropPastEnd() {
  size_t kept = 0;
  for (const uint64_t key : keys_) {
    keys_[kept] = key;
    kept += key < end_ ? 1 : 0;
  }
  keys_.resize(kept);
}

void NearestKeys::DropHopeless() {
  DropPastEnd();
  const size_t bound = wanted_.bound();
  if (keys_.size() <= bound + bound / 2 + kFewKeys) return;
  // So many lie at the limit's edge that the rows decide.
  const auto last = keys_.begin() + static_cast<ptrdiff_t>(bound - 1);
  std::nth_element(keys_.begin(), last, keys_.end());
  end_ = *last + 1;
  keys_.resize(bound);
}

uint64_t NearestKeys::ties_cut() const {
  return wanted_.whole_shell() ? seen_ - std::min(seen_, wanted_.bound()) : 0;
}

std::vector<uint64_t> NearestKeys::Take() {
  DropPastEnd();
  hwy::Sorter()(keys_.data(), keys_.size(), hwy::SortAscending());
  keys_.resize(std::min(keys_.size(), wanted_.bound()));
  return std::move(keys_);
}

}  // namespace hashlens
