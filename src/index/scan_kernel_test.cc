#include "index/scan_kernel.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <bit>
#include <random>
#include <vector>

#include "hashlens/bitmap.h"
#include "index/code_blocks.h"
#include "index/target_test.h"

namespace hashlens {
namespace {

// The scalar twin.
std::vector<uint64_t> ScanOneByOne(const RowRun& run, const uint64_t* query, uint32_t limit) {
  std::vector<uint64_t> keys;
  for (size_t row = 0; row < run.rows; ++row) {
    if (run.allowed != nullptr && ((run.allowed[row / 64] >> (row % 64)) & 1) == 0) continue;
    int distance = 0;
    for (size_t w = 0; w < run.words; ++w) {
      const uint64_t word =
          run.groups[(row / kGroupRows * run.words + w) * kGroupRows + row % kGroupRows];
      distance += std::popcount(word ^ query[w]);
    }
    if (static_cast<uint32_t>(distance) < limit) {
      keys.push_back(MakeKey(static_cast<uint32_t>(distance), run.first_row + row));
    }
  }
  return keys;
}

CodeBlocks RandomBlocks(size_t words, size_t rows, std::mt19937_64* random) {
  CodeBlocks blocks(static_cast<int>(words * 64));
  std::vector<uint8_t> codes(rows * words * 8);
  for (uint8_t& byte : codes) byte = static_cast<uint8_t>((*random)());
  blocks.Append(codes);
  return blocks;
}

std::vector<uint64_t> Scan(const RowRun& run, const uint64_t* query, uint32_t limit) {
  std::vector<uint64_t> keys(run.rows);
  keys.resize(ScanRun(run, query, limit, keys.data()));
  return keys;
}

TEST(ScanKernel, EqualsTheScalarTwinOnEveryTarget) {
  std::mt19937_64 random(1);
  for (size_t words = 1; words <= kMaxCodeWords; ++words) {
    const CodeBlocks blocks = RandomBlocks(words, 4500, &random);
    uint64_t query[kMaxCodeWords];
    for (uint64_t& word : query) word = random();
    Bitmap half(blocks.rows());
    Bitmap few(blocks.rows());
    const Bitmap none(blocks.rows());
    for (uint64_t row = 0; row < blocks.rows(); ++row) {
      if (random() % 2 == 0) half.Set(row);
      if (random() % 100 == 0) few.Set(row);
    }
    const uint32_t middle = static_cast<uint32_t>(words) * 32;
    const int targets = ForEachTarget([&] {
      std::vector<size_t> lengths = {127, 128, 129, 2047, 2048, 2049, 4300};
      for (size_t rows = 0; rows <= 65; ++rows) lengths.push_back(rows);
      for (size_t rows : lengths) {
        for (uint64_t first : {0, 128}) {
          RowRun run = blocks.Run(first, rows);
          for (const Bitmap* allowed : {static_cast<const Bitmap*>(nullptr), &std::as_const(half),
                                        &std::as_const(few), &none}) {
            run.allowed = allowed == nullptr ? nullptr : allowed->words().data() + first / 64;
            for (uint32_t limit : {0u, middle - 12, middle, middle * 2 + 1}) {
              ASSERT_EQ(Scan(run, query, limit), ScanOneByOne(run, query, limit))
                  << words << " words, " << rows << " rows, limit " << limit;
            }
          }
        }
      }
    });
    EXPECT_GE(targets, 1);
  }
}

TEST(ScanKernel, LimitIsExclusiveAtBothEndsOfTheRange) {
  for (size_t words = 1; words <= kMaxCodeWords; ++words) {
    const uint32_t bits = static_cast<uint32_t>(words) * 64;
    CodeBlocks blocks(static_cast<int>(bits));
    std::vector<uint8_t> codes(2 * words * 8, 0xff);  // row 0: all bits differ; row 1: equal
    std::fill(codes.begin() + static_cast<ptrdiff_t>(words * 8), codes.end(), uint8_t{0});
    blocks.Append(codes);
    const uint64_t query[kMaxCodeWords] = {};
    ForEachTarget([&] {
      const RowRun run = blocks.Run(0, 2);
      EXPECT_EQ(Scan(run, query, 0), std::vector<uint64_t>{});
      EXPECT_EQ(Scan(run, query, 1), std::vector<uint64_t>{MakeKey(0, 1)});
      EXPECT_EQ(Scan(run, query, bits), std::vector<uint64_t>{MakeKey(0, 1)});
      EXPECT_EQ(Scan(run, query, bits + 1),
                (std::vector<uint64_t>{MakeKey(bits, 0), MakeKey(0, 1)}));
    });
  }
}

TEST(ScanKernel, NearestInRunIsTheSmallestKeyOnEveryTarget) {
  std::mt19937_64 random(2);
  for (size_t words = 1; words <= kMaxCodeWords; ++words) {
    const CodeBlocks blocks = RandomBlocks(words, 400, &random);
    uint64_t query[kMaxCodeWords];
    for (uint64_t& word : query) word = random();
    ForEachTarget([&] {
      for (size_t rows = 1; rows <= 260; ++rows) {
        const RowRun run = blocks.Run(128, rows);
        const auto keys = ScanOneByOne(run, query, static_cast<uint32_t>(words * 64 + 1));
        ASSERT_EQ(NearestInRun(run, query), *std::min_element(keys.begin(), keys.end()))
            << words << " words, " << rows << " rows";
      }
    });
  }
}

TEST(ScanKernel, SumsAreThoseOfWholeStepsOnEveryTarget) {
  std::mt19937_64 random(3);
  for (size_t words = 1; words <= kMaxCodeWords; ++words) {
    const CodeBlocks blocks = RandomBlocks(words, 400, &random);
    uint64_t query[kMaxCodeWords];
    for (uint64_t& word : query) word = random();
    ForEachTarget([&] {
      // A multiple of every target's step.
      const RowRun run = blocks.Run(64, 256);
      uint64_t sum = 0, all = 0, code[kMaxCodeWords];
      for (uint64_t row = 64; row < 320; ++row) {
        sum += blocks.Distance(row, query);
        blocks.GetWords(row, code);
        for (size_t w = 0; w < words; ++w) all ^= code[w];
      }
      EXPECT_EQ(SumOfDistances(run, query), sum);
      EXPECT_EQ(XorOfRun(run), all);
    });
  }
}

TEST(ScanKernel, AskingForMemoryAheadChangesNothing) {
  std::mt19937_64 random(4);
  for (size_t words = 1; words <= kMaxCodeWords; ++words) {
    const CodeBlocks blocks = RandomBlocks(words, 400, &random);
    uint64_t query[kMaxCodeWords];
    for (uint64_t& word : query) word = random();
    ForEachTarget([&] {
      RowRun run = blocks.Run(0, 390);
      const auto expected = Scan(run, query, static_cast<uint32_t>(words * 32));
      run.ahead = 512;
      EXPECT_EQ(Scan(run, query, static_cast<uint32_t>(words * 32)), expected);
    });
  }
}

#if defined(__x86_64__)
TEST(ScanKernel, UsesVectorPopcountWhereTheCpuHasIt) {
  const bool cpu_has_it = __builtin_cpu_supports("avx512vpopcntdq") &&
                          __builtin_cpu_supports("avx512bitalg") &&
                          __builtin_cpu_supports("avx512vbmi2") && __builtin_cpu_supports("gfni") &&
                          __builtin_cpu_supports("vpclmulqdq");
  EXPECT_EQ(CurrentScanTarget().native_popcount, cpu_has_it) << CurrentScanTarget().name;
}
#endif

}  // namespace
}  // namespace hashlens
