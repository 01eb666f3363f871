// How many neighbours a search wants.
#ifndef HASHLENS_INDEX_WANTED_H_
#define HASHLENS_INDEX_WANTED_H_

#include <algorithm>
#include <cstddef>

namespace hashlens {

struct Wanted {
  size_t k = 1;  // the nearest so many, by (distance, row); at least 1
  // With the others as far away as the k-th (its Hamming shell), up to so many in all, and a count
  // of those left out. 0: k alone. Less than k counts as k.
  size_t most = 0;

  bool whole_shell() const { return most > 0; }
  // Never more than so many are given.
  size_t bound() const { return std::max(k, most); }
};

}  // namespace hashlens

#endif  // HASHLENS_INDEX_WANTED_H_
