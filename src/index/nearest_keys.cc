#include "index/nearest_keys.h"

#include <hwy/contrib/sort/vqsort.h>

#include <algorithm>

#include "index/scan_kernel.h"

namespace hashlens {
namespace {

constexpr size_t kFewKeys = 128;  // not worth dropping

}  // namespace

NearestKeys::NearestKeys(size_t k, uint32_t limit, uint64_t first)
    : k_(k), limit_(limit), first_(first), end_(MakeKey(limit, 0)), counts_(limit) {}

bool NearestKeys::Add(uint64_t key) {
  if (key >= end_) return false;
  if (key < first_) return true;
  if (keys_.size() >= 2 * k_ + 2 * kFewKeys) {
    DropHopeless();
    if (key >= end_) return false;
  }
  keys_.push_back(key);
  ++counts_[KeyDistance(key)];
  ++seen_;
  while (limit_ > 0 && seen_ - counts_[limit_ - 1] >= k_) {
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
  if (keys_.size() <= k_ + k_ / 2 + kFewKeys) return;
  // So many lie at the limit's edge that the rows decide.
  const auto kth = keys_.begin() + static_cast<ptrdiff_t>(k_ - 1);
  std::nth_element(keys_.begin(), kth, keys_.end());
  end_ = *kth + 1;
  keys_.resize(k_);
}

std::vector<uint64_t> NearestKeys::Take() {
  DropPastEnd();
  hwy::Sorter()(keys_.data(), keys_.size(), hwy::SortAscending());
  keys_.resize(std::min(keys_.size(), k_));
  return std::move(keys_);
}

}  // namespace hashlens
