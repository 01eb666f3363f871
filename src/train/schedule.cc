#include "train/schedule.h"

#include <algorithm>
#include <cmath>
#include <numbers>
#include <numeric>
#include <string>

#include "base/shuffle.h"

namespace hashlens {
namespace {

constexpr double kWarmUp = 0.15;  // share of the run
constexpr double kFirstFactor = 0.04;
constexpr double kLastFactor = 0.002;

// Steele, Lea and Flood 2014 (SplitMix64): neighbouring seeds give unrelated numbers.
uint64_t Mix(uint64_t x) {
  x += 0x9e3779b97f4a7c15u;
  x = (x ^ (x >> 30)) * 0xbf58476d1ce4e5b9u;
  x = (x ^ (x >> 27)) * 0x94d049bb133111ebu;
  return x ^ (x >> 31);
}

}  // namespace

Result<ScheduleKind> ParseSchedule(std::string_view name) {
  if (name == "one-cycle") return ScheduleKind::kOneCycle;
  if (name == "step") return ScheduleKind::kStep;
  return InvalidArgument("no schedule \"" + std::string(name) + "\"; there are one-cycle, step");
}

double RateFactor(ScheduleKind kind, double done) {
  done = std::clamp(done, 0.0, 1.0);
  if (kind == ScheduleKind::kStep) return done < 0.5 ? 1 : done < 0.75 ? 0.1 : 0.01;
  if (done < kWarmUp) return kFirstFactor + (1 - kFirstFactor) * done / kWarmUp;
  const double down = (1 + std::cos(std::numbers::pi * (done - kWarmUp) / (1 - kWarmUp))) / 2;
  return kLastFactor + (1 - kLastFactor) * down;
}

int SizeAt(const std::vector<int>& sizes, double done) {
  const auto at =
      static_cast<size_t>(std::clamp(done, 0.0, 1.0) * static_cast<double>(sizes.size()));
  return sizes[std::min(at, sizes.size() - 1)];
}

std::vector<size_t> EpochOrder(size_t count, uint64_t seed, int epoch) {
  std::mt19937_64 random(VariantSeed(seed, epoch, count));
  std::vector<size_t> order(count);
  std::iota(order.begin(), order.end(), size_t{0});
  Shuffle(std::span(order), &random);
  return order;
}

uint64_t VariantSeed(uint64_t seed, int epoch, size_t picture) {
  return Mix(Mix(seed ^ Mix(static_cast<uint64_t>(epoch))) ^ picture);
}

}  // namespace hashlens
