// Average precision when rows at equal distance stand in random order.
#ifndef HASHLENS_EVAL_EXPECTED_PRECISION_H_
#define HASHLENS_EVAL_EXPECTED_PRECISION_H_

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

namespace hashlens {

// Rows at one distance.
struct TieGroup {
  uint64_t size = 0;
  uint64_t relevant = 0;  // of them
};

// Sums of 1 / i up to some number. Immutable, thread-safe.
class HarmonicSums {
 public:
  explicit HarmonicSums(size_t largest);
  // 1 / (from + 1) + ... + 1 / to.
  double Between(size_t from, size_t to) const { return sums_[to] - sums_[from]; }

 private:
  std::vector<double> sums_;
};

// The mean of AveragePrecision(hits, k) over all orders of the rows within each group, exact, also
// where the first k end inside a group: then the number of hits that the sum is divided by is
// random, too (hypergeometric). groups: nearest first. sums: up to k or the number of rows at
// least, whichever is smaller.
double ExpectedAveragePrecision(std::span<const TieGroup> groups, size_t k,
                                const HarmonicSums& sums);

}  // namespace hashlens

#endif  // HASHLENS_EVAL_EXPECTED_PRECISION_H_
