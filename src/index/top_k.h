// The k nearest rows of one query while its rows go by, with the limit that a further row must stay
// below.
#ifndef HASHLENS_INDEX_TOP_K_H_
#define HASHLENS_INDEX_TOP_K_H_

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <vector>

#include "hashlens/code_index.h"
#include "index/wanted.h"

namespace hashlens {

// Keys (index/scan_kernel.h) must come by ascending row. Then of equal distances the first k are
// the right ones, and once k rows are at distance d or nearer, only a row nearer than d can still
// matter; where shells are finished, one at d, too. Memory: a small multiple of wanted.bound()
// keys. One thread.
class TopK {
 public:
  // Distances of rows lie below `limit` or do not count.
  TopK(Wanted wanted, uint32_t limit);

  // Rows at this distance or farther can't be among the k nearest. Only falls; at 0 nothing can
  // follow.
  uint32_t limit() const { return limit_; }
  // Where up to `count` keys may be written. Invalidates what keys() gave.
  uint64_t* Room(size_t count);
  // The first `count` keys at Room() hold rows that were below limit() when Room() was called.
  void Added(size_t count);
  // By ascending row; the wanted ones are among them.
  std::span<const uint64_t> keys() const { return {keys_.get(), size_}; }
  // How many rows at this distance were added; of those at limit() or farther, not all.
  uint64_t CountAt(uint32_t distance) const {
    return distance < counts_.size() ? counts_[distance] : 0;
  }

 private:
  void DropHopeless();
  void Grow(size_t capacity);

  Wanted wanted_;
  uint32_t limit_;
  // Rows seen with a distance below limit_; but for the shell of the last of them where it is to be
  // finished, fewer than k.
  size_t below_ = 0;
  std::vector<uint32_t> counts_;  // rows seen at each distance below limit_
  std::unique_ptr<uint64_t[]> keys_;
  size_t size_ = 0;
  size_t capacity_ = 0;
};

// Neighbours by (distance, row), and how many as far away as the last one were left out (0 where
// shells are not finished).
struct NearestRows {
  std::vector<Neighbor> rows;
  uint64_t ties_cut = 0;
};

// The wanted ones of all the parts, whose rows ascend from one part to the next. All have the same
// Wanted.
NearestRows SelectNearest(std::span<const TopK* const> parts, Wanted wanted);

}  // namespace hashlens

#endif  // HASHLENS_INDEX_TOP_K_H_
