#include "eval/expected_precision.h"

#include <algorithm>
#include <functional>

namespace hashlens {
namespace {

// What stands before a group.
struct Before {
  double rows = 0;
  double relevant = 0;
  double precisions = 0;  // expected sum of precisions at the hits
};

// The expected sum of precisions at the hits among `taken` places that `hits` hits fill in random
// order: place j (from 1) holds a hit with probability hits / taken, and then (j - 1) (hits - 1) /
// (taken - 1) other ones are expected before it within the group.
double PrecisionsInGroup(const Before& before, double taken, double hits, double harmonic) {
  if (hits == 0) return 0;
  // Sum over j of (j - 1) / (rows + j).
  const double places = taken - (before.rows + 1) * harmonic;
  const double others = taken > 1 ? (hits - 1) / (taken - 1) * places : 0;
  return hits / taken * ((before.relevant + 1) * harmonic + others);
}

// Calls use(x, weight) for the numbers x of marked ones that `draws` of `size`, `marked` of them
// marked, can hold; weights are in proportion to the probabilities. Leaves out what is below 1e-18
// of the likeliest.
void ForEachHypergeometric(double size, double marked, double draws,
                           const std::function<void(double x, double weight)>& use) {
  constexpr double kNegligible = 1e-18;
  const double low = std::max(0.0, draws - (size - marked));
  const double high = std::min(draws, marked);
  // weight(x + 1) / weight(x)
  const auto ratio = [&](double x) {
    return (marked - x) * (draws - x) / ((x + 1) * (size - marked - draws + x + 1));
  };
  const double peak = std::clamp(
      static_cast<double>(static_cast<uint64_t>((draws + 1) * (marked + 1) / (size + 2))), low,
      high);
  double weight = 1;
  for (double x = peak; x <= high && weight > kNegligible; weight *= ratio(x), ++x) use(x, weight);
  weight = 1;
  for (double x = peak - 1; x >= low; --x) {
    weight /= ratio(x);
    if (weight <= kNegligible) break;
    use(x, weight);
  }
}

// The group in which the first k end after `taken` of its rows.
double WithStraddling(const Before& before, const TieGroup& group, double taken, double harmonic) {
  double weights = 0;
  double sum = 0;
  const auto add = [&](double hits, double weight) {
    weights += weight;
    const double divisor = before.relevant + hits;
    if (divisor == 0) return;
    sum +=
        weight * (before.precisions + PrecisionsInGroup(before, taken, hits, harmonic)) / divisor;
  };
  ForEachHypergeometric(static_cast<double>(group.size), static_cast<double>(group.relevant), taken,
                        add);
  return sum / weights;
}

}  // namespace

HarmonicSums::HarmonicSums(size_t largest) : sums_(largest + 1) {
  for (size_t i = 1; i <= largest; ++i) sums_[i] = sums_[i - 1] + 1 / static_cast<double>(i);
}

double ExpectedAveragePrecision(std::span<const TieGroup> groups, size_t k,
                                const HarmonicSums& sums) {
  Before before;
  size_t rows = 0;
  for (const TieGroup& group : groups) {
    if (rows == k) break;
    const size_t taken = std::min<size_t>(group.size, k - rows);
    const double harmonic = sums.Between(rows, rows + taken);
    if (taken < group.size)
      return WithStraddling(before, group, static_cast<double>(taken), harmonic);
    const double size = static_cast<double>(group.size);
    const double hits = static_cast<double>(group.relevant);
    before.precisions += PrecisionsInGroup(before, size, hits, harmonic);
    before.rows += size;
    before.relevant += hits;
    rows += taken;
  }
  return before.relevant > 0 ? before.precisions / before.relevant : 0;
}

}  // namespace hashlens
