#include "hashlens/code_index.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <bit>
#include <random>
#include <set>
#include <string>
#include <tuple>
#include <vector>

#include "index/code_blocks.h"

namespace hashlens {
namespace {

using Bytes = std::vector<uint8_t>;

// `kinds` 0: all bits random; otherwise that many different codes at most.
Bytes RandomCodes(int bits, size_t count, size_t kinds, std::mt19937_64* random) {
  const size_t size = CodeBytes(bits);
  Bytes codes(count * size);
  for (size_t i = 0; i < count; ++i) {
    if (kinds > 0 && i >= kinds) {
      std::copy_n(codes.begin() + static_cast<ptrdiff_t>((*random)() % kinds * size), size,
                  codes.begin() + static_cast<ptrdiff_t>(i * size));
      continue;
    }
    for (int bit = 0; bit < bits; ++bit) {
      codes[i * size + static_cast<size_t>(bit) / 8] |=
          static_cast<uint8_t>(((*random)() >> 40 & 1) << (bit % 8));
    }
  }
  return codes;
}

std::vector<Neighbor> BruteForce(const Bytes& codes, int bits, const uint8_t* query,
                                 const CodeQuery& options) {
  const size_t size = CodeBytes(bits);
  std::vector<Neighbor> all;
  for (size_t row = 0; row < codes.size() / size; ++row) {
    if (options.allowed != nullptr && !options.allowed->Get(row)) continue;
    int distance = 0;
    for (size_t b = 0; b < size; ++b) {
      distance += std::popcount(static_cast<uint8_t>(codes[row * size + b] ^ query[b]));
    }
    if (options.radius >= 0 && distance > options.radius) continue;
    const auto place = std::tuple(static_cast<uint32_t>(distance), uint64_t{row});
    if (options.after && place <= std::tuple(options.after->distance, options.after->row)) continue;
    all.push_back({row, static_cast<uint32_t>(distance)});
  }
  std::stable_sort(all.begin(), all.end(),
                   [](const Neighbor& a, const Neighbor& b) { return a.distance < b.distance; });
  all.resize(std::min(all.size(), options.k));
  return all;
}

void ExpectExact(const CodeIndex& index, const Bytes& codes, const Bytes& queries,
                 const CodeQuery& options) {
  const size_t size = CodeBytes(index.bits());
  const auto results = index.Search(queries, options);
  ASSERT_EQ(results.size(), queries.size() / size);
  for (size_t i = 0; i < results.size(); ++i) {
    ASSERT_EQ(results[i], BruteForce(codes, index.bits(), &queries[i * size], options))
        << index.bits() << " bits, " << index.rows() << " rows, k " << options.k << ", radius "
        << options.radius << ", query " << i << ", threads " << options.threads;
  }
}

constexpr int kSomeBits[] = {8,   9,   12,  31,  32,  33,  48,  63,  64,  65,  100, 127,
                             128, 129, 192, 200, 255, 256, 257, 300, 384, 500, 511, 512};

TEST(CodeIndex, EqualsBruteForceForAnyLengthOfCode) {
  std::mt19937_64 random(3);
  for (int bits : kSomeBits) {
    for (size_t kinds : {0u, 5u}) {
      const Bytes codes = RandomCodes(bits, 1500, kinds, &random);
      const Bytes queries = RandomCodes(bits, 3, 0, &random);
      CodeIndex index(bits);
      index.Append(codes);
      for (size_t k : {1u, 10u, 1000u, 2000u}) ExpectExact(index, codes, queries, {.k = k});
      for (int radius : {0, bits / 4, bits / 2, bits, 100000}) {
        ExpectExact(index, codes, queries, {.k = 50, .radius = radius});
        ExpectExact(index, codes, queries, {.k = 5000, .radius = radius});
      }
      // A row's own code: distance 0 comes first.
      const Bytes own(codes.end() - static_cast<ptrdiff_t>(CodeBytes(bits)), codes.end());
      ExpectExact(index, codes, own, {.k = 20, .radius = 0});
    }
  }
}

TEST(CodeIndex, EqualsBruteForceForAnyNumberOfRows) {
  std::mt19937_64 random(4);
  for (int bits : {24, 128, 256, 512}) {
    for (size_t rows : {0,   1,   2,   7,   8,   9,    31,   32,   33,   63,   64,   65,  255,
                        256, 257, 511, 512, 513, 1023, 1024, 1025, 2047, 2048, 2049, 4097}) {
      const Bytes codes = RandomCodes(bits, rows, 0, &random);
      const Bytes queries = RandomCodes(bits, 2, 0, &random);
      CodeIndex index(bits);
      index.Append(codes);
      ASSERT_EQ(index.rows(), rows);
      for (size_t k : {0u, 1u, 100u, 10000u}) ExpectExact(index, codes, queries, {.k = k});
    }
  }
}

TEST(CodeIndex, OnlyAllowedRowsCount) {
  std::mt19937_64 random(5);
  for (int bits : {20, 128, 192, 256}) {
    const Bytes codes = RandomCodes(bits, 3000, bits == 20 ? 40 : 0, &random);
    const Bytes queries = RandomCodes(bits, 3, 0, &random);
    CodeIndex index(bits);
    index.Append(codes);
    for (uint64_t one_in : {1u, 2u, 10u, 500u, 100000u}) {
      Bitmap allowed(index.rows());
      for (uint64_t row = 0; row < index.rows(); ++row) {
        if (random() % one_in == 0) allowed.Set(row);
      }
      for (size_t k : {1u, 7u, 100u, 4000u}) {
        ExpectExact(index, codes, queries, {.k = k, .allowed = &allowed});
        ExpectExact(index, codes, queries, {.k = k, .radius = bits / 2, .allowed = &allowed});
      }
    }
    const Bitmap none(index.rows());
    EXPECT_TRUE(index.Search(queries, {.k = 10, .allowed = &none})[0].empty());
    const Bitmap all(index.rows(), true);
    ExpectExact(index, codes, queries, {.k = 10, .allowed = &all});
  }
}

TEST(CodeIndex, BatchesAndThreadsChangeNothing) {
  std::mt19937_64 random(6);
  for (int bits : {12, 128, 320}) {
    const Bytes codes = RandomCodes(bits, 9000, bits == 128 ? 0 : 300, &random);
    CodeIndex index(bits);
    index.Append(codes);
    Bitmap allowed(index.rows());
    for (uint64_t row = 0; row < index.rows(); row += 1 + random() % 3) allowed.Set(row);
    for (size_t queries : {0u, 1u, 15u, 64u, 65u, 130u}) {
      const Bytes batch = RandomCodes(bits, queries, 0, &random);
      for (int threads : {1, 2, 3, 16}) {
        ExpectExact(index, codes, batch, {.k = 100, .allowed = &allowed, .threads = threads});
      }
    }
  }
}

TEST(CodeIndex, RowsBeyondOneChunkAreFound) {
  std::mt19937_64 random(8);
  const int bits = 16;  // so short that ties are everywhere
  const Bytes codes = RandomCodes(bits, 2 * CodeBlocks::kChunkRows + 77, 0, &random);
  CodeIndex index(bits);
  // In pieces that end anywhere.
  for (size_t at = 0; at < codes.size();) {
    const size_t size = std::min<size_t>(codes.size() - at, 2 * (1 + random() % 50000));
    index.Append(std::span(codes).subspan(at, size));
    at += size;
  }
  const Bytes queries = RandomCodes(bits, 2, 0, &random);
  for (int threads : {1, 2, 4}) {
    ExpectExact(index, codes, queries, {.k = 1000, .threads = threads});
    ExpectExact(index, codes, queries, {.k = 600000, .threads = threads});
  }
}

TEST(CodeIndex, NearestRowsAtTheEndAndAdversarialOrders) {
  // Distances fall from row to row, so that every row passes the limit of its moment.
  const int bits = 512;
  const size_t size = CodeBytes(bits);
  Bytes codes(20000 * size);
  for (size_t row = 0; row < 20000; ++row) {
    for (size_t bit = 0; bit < 512 - row * 512 / 20000; ++bit) {
      codes[row * size + bit / 8] |= static_cast<uint8_t>(1u << (bit % 8));
    }
  }
  const Bytes query(size, 0);
  CodeIndex index(bits);
  index.Append(codes);
  for (size_t k : {1u, 39u, 40u, 5000u}) ExpectExact(index, codes, query, {.k = k});
}

TEST(CodeIndex, GivesBackTheCodes) {
  std::mt19937_64 random(9);
  for (int bits : kSomeBits) {
    const Bytes codes = RandomCodes(bits, 100, 0, &random);
    CodeIndex index(bits);
    index.Reserve(1000);
    for (size_t row = 0; row < 100; ++row) {
      index.Append(std::span(codes).subspan(row * CodeBytes(bits), CodeBytes(bits)));
    }
    CodeIndex moved = std::move(index);
    Bytes code(CodeBytes(bits));
    for (size_t row = 0; row < 100; ++row) {
      moved.GetCode(row, code);
      ASSERT_TRUE(std::equal(code.begin(), code.end(),
                             codes.begin() + static_cast<ptrdiff_t>(row * CodeBytes(bits))));
    }
  }
}

TEST(CodeIndex, CountsDistinctCodes) {
  std::mt19937_64 random(10);
  for (int bits : {8, 48, 100, 128, 150, 256, 300, 330, 400, 512}) {
    for (size_t kinds : {1u, 50u, 0u}) {
      const Bytes codes = RandomCodes(bits, 2000, kinds, &random);
      CodeIndex index(bits);
      EXPECT_EQ(index.CountDistinct(), 0u);
      index.Append(codes);
      Bitmap odd(index.rows());
      std::set<std::string> all_seen;
      std::set<std::string> odd_seen;
      for (size_t row = 0; row < index.rows(); ++row) {
        const std::string code(reinterpret_cast<const char*>(&codes[row * CodeBytes(bits)]),
                               CodeBytes(bits));
        all_seen.insert(code);
        if (row % 2 == 1) {
          odd.Set(row);
          odd_seen.insert(code);
        }
      }
      EXPECT_EQ(index.CountDistinct(), all_seen.size());
      EXPECT_EQ(index.CountDistinct(&odd), odd_seen.size());
    }
  }
}

TEST(CodeIndex, CountsDistinctCodesInSeveralShares) {
  // More rows than are sorted at once; every code three times.
  const uint64_t distinct = 800000;
  std::vector<uint32_t> codes(3 * distinct);
  for (size_t i = 0; i < codes.size(); ++i) codes[i] = static_cast<uint32_t>(i % distinct * 5001);
  CodeIndex index(32);
  index.Append({reinterpret_cast<const uint8_t*>(codes.data()), codes.size() * sizeof(uint32_t)});
  EXPECT_EQ(index.CountDistinct(), distinct);
}

TEST(Bitmap, SetsClearsAndCounts) {
  for (uint64_t size : {0u, 1u, 63u, 64u, 65u, 1000u}) {
    Bitmap all(size, true);
    EXPECT_EQ(all.Count(), size);
    Bitmap even(size);
    for (uint64_t row = 0; row < size; row += 2) even.Set(row);
    EXPECT_EQ(even.Count(), (size + 1) / 2);
    if (size > 0) {
      all.Clear(0);
      EXPECT_FALSE(all.Get(0));
      EXPECT_EQ(all.Count(), size - 1);
    }
  }
}

}  // namespace
}  // namespace hashlens
