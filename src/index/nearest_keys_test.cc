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
        NearestKeys nearest(k, distances, first);
        for (const uint64_t key : keys) nearest.Add(key);
        const uint32_t limit = nearest.limit();
        const auto found = nearest.Take();
        std::sort(keys.begin(), keys.end());
        keys.erase(keys.begin(), std::lower_bound(keys.begin(), keys.end(), first));
        keys.resize(std::min(keys.size(), k));
        ASSERT_EQ(found, keys) << "k " << k << ", " << distances << " distances, order " << order;
        EXPECT_EQ(limit, KeyDistance(keys.back()) + 1);
      }
    }
  }
}

TEST(NearestKeys, SaysWhenLargerKeysOfADistanceCannotMatter) {
  NearestKeys nearest(1, 10, 0);
  EXPECT_FALSE(nearest.Add(MakeKey(10, 0)));
  EXPECT_TRUE(nearest.Add(MakeKey(5, 7)));
  EXPECT_FALSE(nearest.Add(MakeKey(6, 0)));
  EXPECT_TRUE(nearest.Add(MakeKey(5, 3)));
  EXPECT_EQ(nearest.Take(), std::vector<uint64_t>{MakeKey(5, 3)});
}

}  // namespace
}  // namespace hashlens
