#include "index/top_k.h"

#include <algorithm>
#include <utility>

#include "index/scan_kernel.h"

namespace hashlens {
namespace {

constexpr size_t kFirstKeys = 4096;

}  // namespace

TopK::TopK(Wanted wanted, uint32_t limit) : wanted_(wanted), limit_(limit), counts_(limit) {}

uint64_t* TopK::Room(size_t count) {
  if (capacity_ - size_ < count) {
    // Each pass over the keys is paid for by at least as many that were added since the last one.
    const size_t twice = 2 * wanted_.bound();
    if (size_ >= twice) DropHopeless();
    const size_t usual = std::min(twice, std::max(2 * capacity_, kFirstKeys));
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
    while (below_ - (wanted_.whole_shell() ? counts_[limit_ - 1] : 0) >= wanted_.k) {
      --limit_;
      below_ -= counts_[limit_];
    }
  }
  size_ += count;
}

void TopK::DropHopeless() {
  // All nearer than the edge are kept, and of those at it the first so many.
  const uint32_t edge = wanted_.whole_shell() ? limit_ - 1 : limit_;
  const size_t nearer = wanted_.whole_shell() ? below_ - counts_[edge] : below_;
  size_t at_edge = wanted_.bound() - std::min(nearer, wanted_.bound());
  size_t kept = 0;
  // Without branches: which keys stay is as good as random.
  for (size_t i = 0; i < size_; ++i) {
    const uint64_t key = keys_[i];
    const uint32_t distance = KeyDistance(key);
    const size_t last = distance == edge && at_edge > 0 ? 1 : 0;
    keys_[kept] = key;
    kept += last | (distance < edge ? 1 : 0);
    at_edge -= last;
  }
  size_ = kept;
}

NearestRows SelectNearest(std::span<const TopK* const> parts, Wanted wanted) {
  std::vector<size_t> starts;  // first how many there are at each distance, then where they go
  for (const TopK* part : parts) {
    for (const uint64_t key : part->keys()) {
      const uint32_t distance = KeyDistance(key);
      if (distance >= starts.size()) starts.resize(distance + 1);
      ++starts[distance];
    }
  }
  size_t total = 0;
  size_t given = 0;        // with the shell in which the k-th lies
  uint64_t all_given = 0;  // the same, with those of the shell that no part has kept
  for (uint32_t distance = 0; distance < starts.size(); ++distance) {
    const size_t count = starts[distance];
    starts[distance] = total;
    if (total < wanted.k) {
      all_given = total;
      for (const TopK* part : parts) all_given += part->CountAt(distance);
      given = total + count;
    }
    total += count;
  }
  NearestRows nearest;
  nearest.rows.resize(wanted.whole_shell() ? std::min(given, wanted.bound())
                                           : std::min(total, wanted.k));
  if (wanted.whole_shell()) nearest.ties_cut = all_given - nearest.rows.size();
  for (const TopK* part : parts) {
    for (const uint64_t key : part->keys()) {
      const uint32_t distance = KeyDistance(key);
      const size_t place = starts[distance]++;
      if (place < nearest.rows.size()) nearest.rows[place] = {KeyRow(key), distance};
    }
  }
  return nearest;
}

}  // namespace hashlens
