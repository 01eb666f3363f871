// The k nearest rows of one query while keys go by in any order.
#ifndef HASHLENS_INDEX_NEAREST_KEYS_H_
#define HASHLENS_INDEX_NEAREST_KEYS_H_

#include <cstddef>
#include <cstdint>
#include <vector>

#include "index/wanted.h"

namespace hashlens {

// Where rows come in ascending order, TopK (index/top_k.h) does the same with less work. Memory: a
// small multiple of wanted.bound() keys. One thread.
class NearestKeys {
 public:
  // Only keys from `first` on count, and only distances below `limit`.
  NearestKeys(Wanted wanted, uint32_t limit, uint64_t first);

  // Rows at this distance or farther can't be among the wanted ones; a row nearer still can. Falls
  // only.
  uint32_t limit() const { return limit_; }
  // False when neither this key nor a larger one of the same distance matters any more.
  bool Add(uint64_t key);
  // How many of those that were added are as far away as the last wanted one, and left out.
  uint64_t ties_cut() const;
  // The wanted keys (index/scan_kernel.h) of those that were added, ascending. Ends the use of
  // this.
  std::vector<uint64_t> Take();

 private:
  void DropPastEnd();
  void DropHopeless();

  Wanted wanted_;
  uint32_t limit_;
  uint64_t first_;
  uint64_t end_;                  // keys from it on can't be among the wanted ones
  size_t seen_ = 0;               // keys below the limit, dropped ones included
  std::vector<uint32_t> counts_;  // of those, at each distance
  std::vector<uint64_t> keys_;
};

}  // namespace hashlens

#endif  // HASHLENS_INDEX_NEAREST_KEYS_H_
