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

namespace hashlens {

// Keys (index/scan_kernel.h) must come by ascending row. Then of equal distances the first k are
// the right ones, and once k rows are at distance d or nearer, only a row nearer than d can still
// matter. Memory: a small multiple of k keys. One thread.
class TopK {
 public:
  // k >= 1. Distances of rows lie below `limit` or do not count.
  TopK(size_t k, uint32_t limit);

  // Rows at this distance or farther can't be among the k nearest. Only falls; at 0 nothing can
  // follow.
  uint32_t limit() const { return limit_; }
  // Where up to `count` keys may be written. Invalidates what keys() gave.
  uint64_t* Room(size_t count);
  // The first `count` keys at Room() hold rows that were below limit() when Room() was called.
  void Added(size_t count);
  // By ascending row; the k nearest are among them.
  std::span<const uint64_t> keys() const { return {keys_.get(), size_}; }

 private:
  void DropHopeless();
  void Grow(size_t capacity);

  size_t k_;
  uint32_t limit_;
  size_t below_ = 0;              // rows seen with a distance below limit_; fewer than k_
  std::vector<uint32_t> counts_;  // rows seen at each distance below limit_
  std::unique_ptr<uint64_t[]> keys_;
  size_t size_ = 0;
  size_t capacity_ = 0;
};

// The k nearest by (distance, row) of keys that come by ascending row through all the parts.
std::vector<Neighbor> SelectNearest(std::span<const std::span<const uint64_t>> parts, size_t k);

}  // namespace hashlens

#endif  // HASHLENS_INDEX_TOP_K_H_
