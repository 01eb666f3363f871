// What one query's answer is worth. Pure functions of the ranks at which relevant rows stand.
#ifndef HASHLENS_EVAL_METRICS_H_
#define HASHLENS_EVAL_METRICS_H_

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>

namespace hashlens {

// Ranks of the relevant rows in an answer, from 1, rising.
using HitRanks = std::span<const uint32_t>;

// Sum over the hits within the first k of the precision at each, divided by the number of those
// hits; 0 without a hit (Lin et al. 2015).
double AveragePrecision(HitRanks hits, size_t k);

// Hits within the first k / k.
double PrecisionAt(HitRanks hits, size_t k);

// Hits within the first k / relevant; 0 when nothing is relevant.
double RecallAt(HitRanks hits, size_t k, size_t relevant);

inline constexpr size_t kRecallPoints = 101;
// At recall i / 100, the best precision at this recall or a higher one. The answer must hold every
// relevant row. All 0 when nothing is relevant.
std::array<double, kRecallPoints> InterpolatedPrecision(HitRanks hits);

}  // namespace hashlens

#endif  // HASHLENS_EVAL_METRICS_H_
