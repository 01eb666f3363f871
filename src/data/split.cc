#include "data/split.h"

#include <algorithm>
#include <cassert>
#include <cmath>
#include <random>

#include "base/shuffle.h"

namespace hashlens {
namespace {

// The indices of the pictures of each class, and last of those without one, in random order.
std::vector<std::vector<size_t>> ShuffledStrata(const LabelledSet& set, uint64_t seed) {
  std::vector<size_t> frequency(set.classes.size());
  for (const LabelledPicture& picture : set.pictures) {
    for (const int label : picture.labels) ++frequency[static_cast<size_t>(label)];
  }
  const auto rarer = [&](int a, int b) {
    return frequency[static_cast<size_t>(a)] < frequency[static_cast<size_t>(b)];
  };
  std::vector<std::vector<size_t>> strata(set.classes.size() + 1);
  for (size_t i = 0; i < set.pictures.size(); ++i) {
    const std::vector<int>& labels = set.pictures[i].labels;
    const auto rarest = std::min_element(labels.begin(), labels.end(), rarer);
    strata[rarest == labels.end() ? set.classes.size() : static_cast<size_t>(*rarest)].push_back(i);
  }
  std::mt19937_64 random(seed);
  for (std::vector<size_t>& stratum : strata) Shuffle(std::span(stratum), &random);
  return strata;
}

// The pictures where `taken` says `wanted`.
LabelledSet Part(const LabelledSet& set, const std::vector<bool>& taken, bool wanted) {
  LabelledSet part{set.classes, {}};
  for (size_t i = 0; i < set.pictures.size(); ++i) {
    if (taken[i] == wanted) part.pictures.push_back(set.pictures[i]);
  }
  return part;
}

}  // namespace

SplitSet SplitOff(const LabelledSet& set, double fraction, uint64_t seed) {
  assert(fraction >= 0 && fraction <= 1);
  std::vector<bool> taken(set.pictures.size());
  for (const std::vector<size_t>& stratum : ShuffledStrata(set, seed)) {
    if (stratum.empty()) continue;
    auto count = static_cast<size_t>(std::llround(fraction * static_cast<double>(stratum.size())));
    if (fraction < 1) count = std::min(count, stratum.size() - 1);
    for (size_t i = 0; i < count; ++i) taken[stratum[i]] = true;
  }
  return {Part(set, taken, false), Part(set, taken, true)};
}

LabelledSet Sample(const LabelledSet& set, size_t per_class, uint64_t seed) {
  std::vector<bool> taken(set.pictures.size());
  for (const std::vector<size_t>& stratum : ShuffledStrata(set, seed)) {
    for (size_t i = 0; i < std::min(per_class, stratum.size()); ++i) taken[stratum[i]] = true;
  }
  return Part(set, taken, true);
}

}  // namespace hashlens
