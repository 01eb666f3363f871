#include "index/top_k.h"

#include <algorithm>
#include <utility>

#include "index/scan_kernel.h"

namespace hashlens {
namespace {

constexpr size_t kFirstKeys = 4096;

}  // namespace

TopK::TopK(size_t k, uint32_t limit) : k_(k), limit_(limit), counts_(limit) {}

uint64_t* TopK::Room(size_t count) {
  if (capacity_ - size_ < count) {
    // Each pass over the keys is paid for by at least k keys that were added since the last one.
    if (size_ >= 2 * k_) DropHopeless();
    const size_t usual = std::min(2 * k_, std::max(2 * capacity_, kFirstKeys));
    if (capacity_ - size_ < count) Grow(std::max(usual, size_) + count);
  }
  return keys_.get() + size_;
}

void TopK::Grow(size_t capacity) {
  auto keys = std::make_unique_for_overwrite<uint64_t[]>(capacity);
  std::copy_n(keys_.get(), size_, keys.get());
  keys_ = std::move(keys);
  capacity_ = capacity;
}

void TopK::Added(size_t count) {
  for (const uint64_t key : std::span(keys_.get() + size_, count)) {
    const uint32_t distance = KeyDistance(key);
    if (distance >= limit_) continue;  // the limit has fallen since
    ++counts_[distance];
    ++below_;
    while (below_ >= k_) {
      --limit_;
      below_ -= counts_[limit_];
    }
  }
  size_ += count;
}

void TopK::DropHopeless() {
  size_t at_limit =
      k_ - below_;  // the first so many rows at the limit itself belong to the k nearest
  size_t kept = 0;
  // Without branches: which keys stay is as good as random.
  for (size_t i = 0; i < size_; ++i) {
    const uint64_t key = keys_[i];
    const uint32_t distance = KeyDistance(key);
    const size_t last = distance == limit_ && at_limit > 0 ? 1 : 0;
    keys_[kept] = key;
    kept += last | (distance < limit_ ? 1 : 0);
    at_limit -= last;
  }
  size_ = kept;
}

std::vector<Neighbor> SelectNearest(std::span<const std::span<const uint64_t>> parts, size_t k) {
  std::vector<size_t> starts;  // first how many there are at each distance, then where they go
  for (const auto& part : parts) {
    for (uint64_t key : part) {
      const uint32_t distance = KeyDistance(key);
      if (distance >= starts.size()) starts.resize(distance + 1);
      ++starts[distance];
    }
  }
  size_t total = 0;
  for (size_t& start : starts) {
    const size_t count = start;
    start = total;
    total += count;
  }
  std::vector<Neighbor> nearest(std::min(k, total));
  for (const auto& part : parts) {
    for (uint64_t key : part) {
      const uint32_t distance = KeyDistance(key);
      const size_t place = starts[distance]++;
      if (place < nearest.size()) nearest[place] = {KeyRow(key), distance};
    }
  }
  return nearest;
}

}  // namespace hashlens
