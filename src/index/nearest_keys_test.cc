#include "index/nearest_keys.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <random>
#include <vector>

#include "index/scan_kernel.h"

namespace hashlens {
namespace {

TEST(NearestKeys, KeepsTheSmallestWhateverTheOrder) {
  std::mt19937_64 random(1);
  for (size_t k : {1u, 2u, 10u, 1000u}) {
    for (uint32_t distances : {1u, 3u, 129u}) {
      for (int order = 0; order < 3; ++order) {
        std::vector<uint64_t> keys;
        for (uint64_t row = 0; row < 6000; ++row)
          keys.push_back(MakeKey(static_cast<uint32_t>(random() % distances), row));
        if (order == 1) std::reverse(keys.begin(), keys.end());
        if (order == 2) std::shuffle(keys.begin(), keys.end(), random);
        const uint64_t first = MakeKey(distances / 4, 100);
        std::vector<uint64_t> sorted = keys;
        std::sort(sorted.begin(), sorted.end());
        sorted.erase(sorted.begin(), std::lower_bound(sorted.begin(), sorted.end(), first));
        const uint32_t last = KeyDistance(sorted[std::min(k, sorted.size()) - 1]);
        const size_t shell_end = static_cast<size_t>(
            std::lower_bound(sorted.begin(), sorted.end(), MakeKey(last + 1, 0)) - sorted.begin());
        for (const size_t most : {size_t{0}, size_t{1}, k + k / 2, size_t{1500}, size_t{10'000}}) {
          NearestKeys nearest({k, most}, distances, first);
          for (const uint64_t key : keys) nearest.Add(key);
          EXPECT_EQ(nearest.limit(), last + 1);
          const size_t wanted = most == 0 ? k : std::min(std::max(k, most), shell_end);
          const uint64_t cut = most == 0 ? 0 : shell_end - wanted;
          EXPECT_EQ(nearest.ties_cut(), cut);
          ASSERT_EQ(nearest.Take(),
                    std::vector(sorted.begin(), sorted.begin() + static_cast<ptrdiff_t>(wanted)))
              << "k " << k << ", most " << most << ", " << distances << " distances, order "
              << order;
        }
      }
    }
  }
}

TEST(NearestKeys, SaysWhenLargerKeysOfADistanceCannotMatter) {
  NearestKeys nearest({.k = 1}, 10, 0);
  EXPECT_FALSE(nearest.Add(MakeKey(10, 0)));
  EXPECT_TRUE(nearest.Add(MakeKey(5, 7)));
  EXPECT_FALSE(nearest.Add(MakeKey(6, 0)));
  EXPECT_TRUE(nearest.Add(MakeKey(5, 3)));
  EXPECT_EQ(nearest.Take(), std::vector<uint64_t>{MakeKey(5, 3)});
}

}  // namespace
}  // namespace hashlens
