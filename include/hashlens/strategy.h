// The ways in which codes are searched, and what a search says of the one that it took.
#ifndef HASHLENS_STRATEGY_H_
#define HASHLENS_STRATEGY_H_

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string_view>

namespace hashlens {

// Ways to the same answer. All but the scan need CodeIndex::Prepare.
enum class Strategy : uint8_t {
  kAuto,      // what is likely to be quickest for the query
  kScan,      // every row's code
  kDistinct,  // every different code, once
  kBalls,     // groups of codes, but for those that the triangle inequality excludes
  kBuckets,   // the bucket of the query's code, then its neighbours (Lin et al. 2015): 8..32 bits
  kMih,       // multi-index hashing (Norouzi, Punjani and Fleet 2012): from 16 bits on
};
inline constexpr size_t kStrategies = 6;
std::string_view StrategyName(Strategy strategy);  // "auto", "scan", ...
std::optional<Strategy> StrategyByName(std::string_view name);

// How a query was answered.
struct CodeTrace {
  Strategy strategy = Strategy::kScan;  // that gave the answer
  bool gave_up = false;        // buckets or mih took more than was expected: another one answered
  uint64_t compared = 0;       // codes whose distance was computed
  uint64_t buckets = 0;        // looked into
  uint64_t ties_cut = 0;       // rows as far away as the last one given that were left out;
                               // counted where CodeQuery::most is set
  int expected_distance = -1;  // bound for the k-th neighbour that the choice went by; -1: none
  // What kAuto expected each strategy to take; below 0: not asked, or not possible.
  std::array<double, kStrategies> expected_us{-1, -1, -1, -1, -1, -1};
};

}  // namespace hashlens

#endif  // HASHLENS_STRATEGY_H_
