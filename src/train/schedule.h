// What changes over a training run, as functions of how far it is.
#ifndef HASHLENS_TRAIN_SCHEDULE_H_
#define HASHLENS_TRAIN_SCHEDULE_H_

#include <cstdint>
#include <string_view>
#include <vector>

#include "hashlens/status.h"

namespace hashlens {

enum class ScheduleKind {
  kOneCycle,  // Smith 2018: up over the first part, then down as a cosine
  kStep,      // a tenth from one half on, a hundredth from three quarters on
};
// "one-cycle", "step"; kInvalidArgument lists them.
Result<ScheduleKind> ParseSchedule(std::string_view name);

// The learning rate's factor, above 0 and at most 1. done: share of the run, 0 to 1.
double RateFactor(ScheduleKind kind, double done);

// The sizes in turn, each for the same share of the run.
int SizeAt(const std::vector<int>& sizes, double done);

// 0 .. count-1 in an order that seed and epoch decide.
std::vector<size_t> EpochOrder(size_t count, uint64_t seed, int epoch);

// A seed for the variant of a picture in an epoch.
uint64_t VariantSeed(uint64_t seed, int epoch, size_t picture);

}  // namespace hashlens

#endif  // HASHLENS_TRAIN_SCHEDULE_H_
