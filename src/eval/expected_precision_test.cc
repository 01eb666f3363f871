#include "eval/expected_precision.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <random>

#include "base/shuffle.h"
#include "eval/metrics.h"

namespace hashlens {
namespace {

using Groups = std::vector<TieGroup>;

double Expected(const Groups& groups, size_t k) {
  size_t rows = 0;
  for (const TieGroup& group : groups) rows += group.size;
  return ExpectedAveragePrecision(groups, k, HarmonicSums(rows));
}

double ApOf(const std::vector<char>& answer, size_t k) {
  std::vector<uint32_t> hits;
  for (size_t i = 0; i < answer.size(); ++i) {
    if (answer[i] != 0) hits.push_back(static_cast<uint32_t>(i + 1));
  }
  return AveragePrecision(hits, k);
}

// All rights and wrongs of a group behind each other, wrongs first: the first in the order of
// std::next_permutation, which goes through every arrangement once.
std::vector<char> Arranged(const Groups& groups) {
  std::vector<char> answer;
  for (const TieGroup& group : groups) {
    answer.insert(answer.end(), group.size - group.relevant, 0);
    answer.insert(answer.end(), group.relevant, 1);
  }
  return answer;
}

// The mean over every arrangement of every group; all are equally likely.
double ByEnumeration(const Groups& groups, size_t k) {
  std::vector<char> answer = Arranged(groups);
  double sum = 0;
  uint64_t count = 0;
  for (;;) {
    sum += ApOf(answer, k);
    ++count;
    // The next arrangement, as an odometer goes on.
    auto begin = answer.begin();
    bool moved = false;
    for (const TieGroup& group : groups) {
      const auto end = begin + static_cast<ptrdiff_t>(group.size);
      moved = std::next_permutation(begin, end);
      if (moved) break;
      begin = end;
    }
    if (!moved) return sum / static_cast<double>(count);
  }
}

TEST(ExpectedAveragePrecision, AgreesWithEveryOrderOfSmallGroups) {
  std::mt19937_64 random(21);
  for (int round = 0; round < 400; ++round) {
    Groups groups(1 + random() % 4);
    size_t rows = 0;
    for (TieGroup& group : groups) {
      group.size = 1 + random() % 5;
      group.relevant = random() % (group.size + 1);
      rows += group.size;
    }
    for (size_t k = 1; k <= rows + 1; ++k)
      ASSERT_NEAR(Expected(groups, k), ByEnumeration(groups, k), 1e-12) << round << " " << k;
  }
}

TEST(ExpectedAveragePrecision, AgreesWithManyShufflesOfLargeGroups) {
  std::mt19937_64 random(22);
  const Groups groups = {{3, 2}, {40, 25}, {1, 0}, {300, 60}, {500, 20}};
  for (const size_t k : {10, 43, 100, 343, 344, 844}) {
    double sum = 0, squares = 0;
    constexpr int kShuffles = 4000;
    std::vector<char> answer = Arranged(groups);
    for (int i = 0; i < kShuffles; ++i) {
      size_t begin = 0;
      for (const TieGroup& group : groups) {
        Shuffle(std::span(answer).subspan(begin, group.size), &random);
        begin += group.size;
      }
      const double ap = ApOf(answer, k);
      sum += ap;
      squares += ap * ap;
    }
    const double mean = sum / kShuffles;
    const double error = std::sqrt((squares / kShuffles - mean * mean) / kShuffles);
    EXPECT_NEAR(Expected(groups, k), mean, 5 * error + 1e-12) << k;
  }
}

TEST(ExpectedAveragePrecision, WithoutTiesIsTheAveragePrecision) {
  std::mt19937_64 random(23);
  Groups groups;
  std::vector<char> answer;
  for (int i = 0; i < 3000; ++i) {
    answer.push_back(random() % 3 == 0 ? 1 : 0);
    groups.push_back({1, static_cast<uint64_t>(answer.back())});
  }
  for (const size_t k : {1, 10, 1000, 3000})
    EXPECT_NEAR(Expected(groups, k), ApOf(answer, k), 1e-9);
}

TEST(ExpectedAveragePrecision, StaysExactWithHugeGroups) {
  // One group alone: every place holds a hit with the same probability. For large groups the
  // expectation is near the share of hits, and the same group in two halves changes it little.
  EXPECT_NEAR(Expected({{1'000'000, 100'000}}, 1000), 0.1065, 1e-3);
  EXPECT_EQ(Expected({{1'000'000, 0}}, 1000), 0);
  EXPECT_NEAR(Expected({{1'000'000, 1'000'000}}, 1000), 1, 1e-12);
  EXPECT_NEAR(Expected({{500, 500}, {1'000'000, 1}}, 1000), 1, 1e-3);
}

TEST(ExpectedAveragePrecision, OfNothingIsNothing) {
  EXPECT_EQ(Expected({}, 10), 0);
  EXPECT_EQ(Expected({{5, 0}}, 3), 0);
  EXPECT_EQ(Expected({{5, 0}}, 10), 0);
}

}  // namespace
}  // namespace hashlens
