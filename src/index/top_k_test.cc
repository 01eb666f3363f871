#include "index/top_k.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <random>
#include <vector>

#include "index/scan_kernel.h"

namespace hashlens {
namespace {

// Offers rows in order, a piece at a time, as the scan does: only what is below the limit of the
// moment.
NearestRows Offer(const std::vector<uint32_t>& distances, Wanted wanted, uint32_t limit,
                  size_t piece, size_t parts) {
  std::vector<TopK> tops;
  const size_t part_rows = (distances.size() + parts - 1) / parts;
  for (size_t part = 0; part < parts; ++part) {
    TopK& top = tops.emplace_back(wanted, limit);
    const size_t end = std::min(distances.size(), (part + 1) * part_rows);
    for (size_t row = part * part_rows; row < end; row += piece) {
      uint64_t* room = top.Room(piece);
      size_t count = 0;
      for (size_t i = row; i < std::min(end, row + piece); ++i) {
        if (distances[i] < top.limit()) room[count++] = MakeKey(distances[i], i);
      }
      top.Added(count);
    }
  }
  std::vector<const TopK*> all;
  for (const TopK& top : tops) all.push_back(&top);
  return SelectNearest(all, wanted);
}

NearestRows Sorted(const std::vector<uint32_t>& distances, Wanted wanted, uint32_t limit) {
  std::vector<Neighbor> all;
  for (size_t row = 0; row < distances.size(); ++row) {
    if (distances[row] < limit) all.push_back({row, distances[row]});
  }
  std::stable_sort(all.begin(), all.end(),
                   [](const Neighbor& a, const Neighbor& b) { return a.distance < b.distance; });
  if (all.size() < wanted.k) return {all, 0};
  size_t shell_end = wanted.k;
  while (wanted.whole_shell() && shell_end < all.size() &&
         all[shell_end].distance == all[wanted.k - 1].distance)
    ++shell_end;
  const size_t given = std::min(shell_end, wanted.bound());
  all.resize(given);
  return {all, shell_end - given};
}

TEST(TopK, EqualsSortingInAnyOrderOfDistances) {
  std::mt19937_64 random(7);
  std::vector<std::vector<uint32_t>> inputs(5, std::vector<uint32_t>(30000));
  for (size_t row = 0; row < 30000; ++row) {
    inputs[0][row] = static_cast<uint32_t>(random() % 129);
    inputs[1][row] =
        static_cast<uint32_t>(128 - row * 128 / 29999);  // every row is nearer, or a tie
    inputs[2][row] = static_cast<uint32_t>(row * 128 / 29999);
    inputs[3][row] = 5;
    inputs[4][row] = static_cast<uint32_t>(60 + random() % 3);
  }
  inputs.emplace_back();
  for (const auto& distances : inputs) {
    for (size_t k : {1u, 2u, 10u, 999u, 1000u, 10000u, 30000u, 40000u}) {
      for (uint32_t limit : {129u, 61u, 1u}) {
        for (size_t parts : {1u, 3u}) {
          for (size_t most : {size_t{0}, size_t{1}, k + 1, k + 300, size_t{20000}}) {
            const NearestRows offered = Offer(distances, {k, most}, limit, 700, parts);
            const NearestRows sorted = Sorted(distances, {k, most}, limit);
            ASSERT_EQ(offered.rows, sorted.rows)
                << k << " " << most << " " << limit << " " << parts;
            ASSERT_EQ(offered.ties_cut, sorted.ties_cut)
                << k << " " << most << " " << limit << " " << parts;
          }
        }
      }
    }
  }
}

TEST(TopK, LimitFallsOnlyWhenKAreNearEnough) {
  TopK top({.k = 2}, 100);
  const auto add = [&](uint32_t distance, uint64_t row) {
    *top.Room(1) = MakeKey(distance, row);
    top.Added(1);
  };
  add(50, 0);
  EXPECT_EQ(top.limit(), 100u);
  add(40, 1);
  EXPECT_EQ(top.limit(), 50u);  // another row at 50 would come after row 0
  add(30, 2);
  EXPECT_EQ(top.limit(), 40u);
  add(0, 3);
  add(0, 4);
  EXPECT_EQ(top.limit(), 0u);
}

TEST(TopK, LimitStaysAboveAShellThatIsToBeFinished) {
  TopK top({.k = 2, .most = 3}, 100);
  const auto add = [&](uint32_t distance, uint64_t row) {
    *top.Room(1) = MakeKey(distance, row);
    top.Added(1);
  };
  add(50, 0);
  add(40, 1);
  EXPECT_EQ(top.limit(), 51u);  // another row at 50 belongs to them
  for (uint64_t row = 2; row < 9; ++row) add(50, row);
  EXPECT_EQ(top.limit(), 51u);
  EXPECT_EQ(top.CountAt(50), 8u);
  add(30, 9);
  EXPECT_EQ(top.limit(), 41u);
}

TEST(TopK, KeepsFewKeysWhenEveryRowIsNearerThanTheLast) {
  TopK top({.k = 100}, 513);
  for (uint64_t row = 0; row < 100000; ++row) {
    const uint32_t distance = static_cast<uint32_t>(512 - row / 200);
    if (distance >= top.limit()) continue;
    *top.Room(1) = MakeKey(distance, row);
    top.Added(1);
    ASSERT_LE(top.keys().size(), 10000u);
  }
}

}  // namespace
}  // namespace hashlens
