#include "train/schedule.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <numeric>
#include <set>

namespace hashlens {
namespace {

TEST(Schedule, OneCycleGoesUpOnceAndDownOnce) {
  double highest = 0;
  double highest_at = 0;
  int turns = 0;
  double before = RateFactor(ScheduleKind::kOneCycle, 0);
  bool up = true;
  for (double done = 0.001; done <= 1; done += 0.001) {
    const double factor = RateFactor(ScheduleKind::kOneCycle, done);
    EXPECT_GT(factor, 0);
    EXPECT_LE(factor, 1);
    if ((factor > before) != up) {
      ++turns;
      up = !up;
    }
    if (factor > highest) {
      highest = factor;
      highest_at = done;
    }
    before = factor;
  }
  EXPECT_EQ(turns, 1);
  EXPECT_NEAR(highest, 1, 1e-3);
  EXPECT_LT(highest_at, 0.3);
  EXPECT_LT(before, 0.01);
  EXPECT_EQ(RateFactor(ScheduleKind::kOneCycle, 7), RateFactor(ScheduleKind::kOneCycle, 1));
}

TEST(Schedule, StepsAreTenths) {
  EXPECT_EQ(RateFactor(ScheduleKind::kStep, 0.49), 1);
  EXPECT_EQ(RateFactor(ScheduleKind::kStep, 0.51), 0.1);
  EXPECT_EQ(RateFactor(ScheduleKind::kStep, 0.76), 0.01);
}

TEST(Schedule, NamesAreChecked) {
  EXPECT_TRUE(ParseSchedule("one-cycle").ok());
  EXPECT_EQ(*ParseSchedule("step"), ScheduleKind::kStep);
  EXPECT_NE(ParseSchedule("cosine").status().message().find("one-cycle"), std::string::npos);
}

TEST(Schedule, SizesShareTheRun) {
  const std::vector<int> sizes = {64, 96, 128};
  EXPECT_EQ(SizeAt(sizes, 0), 64);
  EXPECT_EQ(SizeAt(sizes, 0.34), 96);
  EXPECT_EQ(SizeAt(sizes, 0.99), 128);
  EXPECT_EQ(SizeAt(sizes, 1), 128);
}

TEST(Schedule, EveryEpochHasItsOwnOrder) {
  const std::vector<size_t> first = EpochOrder(100, 1, 0);
  EXPECT_EQ(EpochOrder(100, 1, 0), first);
  EXPECT_NE(EpochOrder(100, 1, 1), first);
  EXPECT_NE(EpochOrder(100, 2, 0), first);
  std::vector<size_t> sorted = first;
  std::ranges::sort(sorted);
  std::vector<size_t> all(100);
  std::iota(all.begin(), all.end(), size_t{0});
  EXPECT_EQ(sorted, all);
}

TEST(Schedule, VariantSeedsDiffer) {
  std::set<uint64_t> seeds;
  for (int epoch = 0; epoch < 30; ++epoch) {
    for (size_t picture = 0; picture < 100; ++picture) seeds.insert(VariantSeed(1, epoch, picture));
  }
  EXPECT_EQ(seeds.size(), 3000u);
}

}  // namespace
}  // namespace hashlens
