#include "eval/metrics.h"

#include <algorithm>

namespace hashlens {
namespace {

size_t HitsWithin(HitRanks hits, size_t k) {
  return static_cast<size_t>(std::upper_bound(hits.begin(), hits.end(), k) - hits.begin());
}

double PrecisionOfHit(HitRanks hits, size_t index) {
  return static_cast<double>(index + 1) / static_cast<double>(hits[index]);
}

}  // namespace

double AveragePrecision(HitRanks hits, size_t k) {
  const size_t within = HitsWithin(hits, k);
  if (within == 0) return 0;
  double sum = 0;
  for (size_t i = 0; i < within; ++i) sum += PrecisionOfHit(hits, i);
  return sum / static_cast<double>(within);
}

double PrecisionAt(HitRanks hits, size_t k) {
  return static_cast<double>(HitsWithin(hits, k)) / static_cast<double>(k);
}

double RecallAt(HitRanks hits, size_t k, size_t relevant) {
  if (relevant == 0) return 0;
  return static_cast<double>(HitsWithin(hits, k)) / static_cast<double>(relevant);
}

std::array<double, kRecallPoints> InterpolatedPrecision(HitRanks hits) {
  std::array<double, kRecallPoints> curve{};
  double best = 0;
  size_t left = hits.size();  // hits from this one on are in `best`
  for (size_t point = kRecallPoints; point-- > 0 && !hits.empty();) {
    // The first hit that reaches this recall: ceil(point * hits / 100), at least the first.
    const size_t needed = (point * hits.size() + kRecallPoints - 2) / (kRecallPoints - 1);
    const size_t first = std::max<size_t>(needed, 1) - 1;
    while (left > first) best = std::max(best, PrecisionOfHit(hits, --left));
    curve[point] = best;
  }
  return curve;
}

}  // namespace hashlens
