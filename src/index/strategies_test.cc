// Every strategy against brute force, on codes of every kind.
#include <gtest/gtest.h>

#include <algorithm>
#include <bit>
#include <random>
#include <string>
#include <tuple>
#include <vector>

#include "base/code.h"
#include "base/temp_folder.h"
#include "hashlens/code_index.h"

namespace hashlens {
namespace {

using Bytes = std::vector<uint8_t>;

constexpr Strategy kAll[] = {Strategy::kAuto,  Strategy::kScan,    Strategy::kDistinct,
                             Strategy::kBalls, Strategy::kBuckets, Strategy::kMih};

// What a random case is made of; a failing one is made smaller before it is shown.
struct Case {
  uint64_t seed = 0;
  int bits = 8;
  size_t rows = 0;        // prepared
  size_t more = 0;        // appended afterwards
  size_t kinds = 0;       // different codes at most; 0: any
  size_t centres = 0;     // codes lie around so many; 0: anywhere
  int noise_percent = 8;  // bits flipped around a centre
  size_t allowed_of_1000 = 1000;
  size_t k = 1;
  size_t most = 0;
  int radius = -1;
  bool after = false;
  bool kept = false;  // what was prepared comes from a file, into a copy
  int threads = 1;

  std::string Text() const {
    return "seed " + std::to_string(seed) + ", bits " + std::to_string(bits) + ", rows " +
           std::to_string(rows) + " + " + std::to_string(more) + ", kinds " +
           std::to_string(kinds) + ", centres " + std::to_string(centres) + ", noise " +
           std::to_string(noise_percent) + " %, allowed " + std::to_string(allowed_of_1000) +
           " of 1000, k " + std::to_string(k) + ", most " + std::to_string(most) + ", radius " +
           std::to_string(radius) + ", after " + std::to_string(after) + ", kept " +
           std::to_string(kept) + ", threads " + std::to_string(threads);
  }
};

class Codes {
 public:
  explicit Codes(const Case& c) : case_(c), random_(c.seed) {
    for (size_t i = 0; i < c.centres; ++i) centres_.push_back(Random());
  }

  Bytes Next() {
    if (case_.kinds > 0 && kinds_.size() == case_.kinds) return kinds_[random_() % case_.kinds];
    Bytes code = centres_.empty() ? Random() : centres_[random_() % centres_.size()];
    if (!centres_.empty()) {
      for (int bit = 0; bit < case_.bits; ++bit) {
        if (random_() % 100 < static_cast<uint64_t>(case_.noise_percent))
          code[static_cast<size_t>(bit) / 8] ^= static_cast<uint8_t>(1u << (bit % 8));
      }
    }
    if (case_.kinds > 0) kinds_.push_back(code);
    return code;
  }
  std::mt19937_64& random() { return random_; }

 private:
  Bytes Random() {
    Bytes code(CodeBytes(case_.bits));
    for (int bit = 0; bit < case_.bits; ++bit)
      code[static_cast<size_t>(bit) / 8] |=
          static_cast<uint8_t>((random_() >> 40 & 1) << (bit % 8));
    return code;
  }

  Case case_;
  std::mt19937_64 random_;
  std::vector<Bytes> centres_;
  std::vector<Bytes> kinds_;
};

struct Truth {
  std::vector<Neighbor> rows;
  uint64_t ties_cut = 0;
};

Truth BruteForce(const Bytes& codes, const Bytes& code, const CodeQuery& query) {
  std::vector<Neighbor> all;
  for (size_t row = 0; row < codes.size() / code.size(); ++row) {
    if (query.allowed != nullptr && !query.allowed->Get(row)) continue;
    uint32_t distance = 0;
    for (size_t b = 0; b < code.size(); ++b) {
      distance += static_cast<uint32_t>(
          std::popcount(static_cast<uint8_t>(codes[row * code.size() + b] ^ code[b])));
    }
    if (query.radius >= 0 && distance > static_cast<uint32_t>(query.radius)) continue;
    all.push_back({row, distance});
  }
  const auto order = [](const Neighbor& a, const Neighbor& b) {
    return std::tuple(a.distance, a.row) < std::tuple(b.distance, b.row);
  };
  std::sort(all.begin(), all.end(), order);
  if (query.after)
    all.erase(all.begin(), std::upper_bound(all.begin(), all.end(), *query.after, order));
  size_t given = std::min(all.size(), query.k);
  if (query.most == 0 || all.size() <= query.k) {
    all.resize(given);
    return {all, 0};
  }
  const uint32_t last = all[given - 1].distance;
  while (given < all.size() && all[given].distance == last) ++given;
  const size_t bound = std::min(given, std::max(query.k, query.most));
  all.resize(bound);
  return {all, given - bound};
}

// The strategy that was wrong, or nothing.
std::string Wrong(const Case& c) {
  Codes source(c);
  Bytes codes;
  CodeIndex index(c.bits);
  for (size_t row = 0; row < c.rows + c.more; ++row) {
    if (row == c.rows) {
      index.Append(codes);
      EXPECT_TRUE(index.Prepare(c.threads).ok());
    }
    const Bytes code = source.Next();
    codes.insert(codes.end(), code.begin(), code.end());
  }
  const size_t size = CodeBytes(c.bits);
  if (c.more == 0) {
    index.Append(codes);
    EXPECT_TRUE(index.Prepare(c.threads).ok());
  } else {
    index.Append(std::span(codes).subspan(c.rows * size));
  }
  if (c.kept) {
    const TempFolder folder;
    const std::filesystem::path file = folder.path() / "arranged";
    CodeIndex copy = index.FirstRows(index.rows() / 2);
    Bytes code(size);
    for (uint64_t row = copy.rows(); row < index.rows(); ++row) {
      index.GetCode(row, code);
      copy.Append(code);
    }
    if (index.prepared_rows() > 0) {
      EXPECT_TRUE(index.SavePrepared(file).ok());
      EXPECT_TRUE(copy.LoadPrepared(file).ok());
    }
    index = std::move(copy);
  }
  Bitmap allowed(index.rows());
  for (uint64_t row = 0; row < index.rows(); ++row) {
    if (source.random()() % 1000 < c.allowed_of_1000) allowed.Set(row);
  }
  CodeQuery query;
  query.k = c.k;
  query.most = c.most;
  query.radius = c.radius;
  query.allowed = c.allowed_of_1000 == 1000 ? nullptr : &allowed;
  query.threads = c.threads;
  Bytes queries;
  std::vector<Bytes> single;
  for (int i = 0; i < 3; ++i) {
    single.push_back(source.Next());
    queries.insert(queries.end(), single.back().begin(), single.back().end());
  }
  if (c.after) {
    const auto first = BruteForce(codes, single[0], query).rows;
    if (!first.empty()) query.after = first[source.random()() % first.size()];
  }
  for (const Strategy strategy : kAll) {
    query.strategy = strategy;
    std::vector<CodeTrace> traces;
    const auto found = index.Search(queries, query, &traces);
    for (size_t i = 0; i < single.size(); ++i) {
      const Truth truth = BruteForce(codes, single[i], query);
      if (found[i] != truth.rows) return std::string(StrategyName(strategy));
      if (traces[i].ties_cut != truth.ties_cut)
        return std::string(StrategyName(strategy)) + ", which cut " +
               std::to_string(traces[i].ties_cut) + " and not " + std::to_string(truth.ties_cut);
      if (strategy != Strategy::kAuto && index.Can(strategy) && index.prepared_rows() > 0 &&
          traces[i].strategy != strategy)
        return std::string(StrategyName(strategy)) + ", which did not run";
    }
  }
  return {};
}

// A smaller case that is wrong, too, as far as halving single numbers finds one.
Case Shrink(Case c) {
  const auto smaller = [](const Case& from) {
    std::vector<Case> cases;
    const auto add = [&](auto change) {
      Case next = from;
      change(&next);
      cases.push_back(next);
    };
    if (from.rows > 0) add([](Case* n) { n->rows /= 2; });
    if (from.rows > 64) add([](Case* n) { n->rows -= 64; });
    if (from.more > 0) add([](Case* n) { n->more /= 2; });
    if (from.k > 1) add([](Case* n) { n->k /= 2; });
    if (from.most > 0) add([](Case* n) { n->most /= 2; });
    if (from.kinds > 1) add([](Case* n) { n->kinds /= 2; });
    if (from.centres > 0) add([](Case* n) { n->centres /= 2; });
    if (from.allowed_of_1000 < 1000) add([](Case* n) { n->allowed_of_1000 = 1000; });
    if (from.radius >= 0) add([](Case* n) { n->radius = -1; });
    if (from.kept) add([](Case* n) { n->kept = false; });
    if (from.after) add([](Case* n) { n->after = false; });
    if (from.threads > 1) add([](Case* n) { n->threads = 1; });
    if (from.bits > 8) add([](Case* n) { n->bits = std::max(8, n->bits / 2); });
    return cases;
  };
  for (bool shrunk = true; shrunk;) {
    shrunk = false;
    for (const Case& next : smaller(c)) {
      if (Wrong(next).empty()) continue;
      c = next;
      shrunk = true;
      break;
    }
  }
  return c;
}

Case RandomCase(uint64_t seed) {
  std::mt19937_64 random(seed * 7919 + 1);
  constexpr int kBits[] = {8,  9,  12,  16,  20,  24,  25,  31,  32,  33,  48,  63, 64,
                           65, 96, 100, 127, 128, 129, 192, 200, 256, 257, 300, 512};
  const auto one_of = [&](std::initializer_list<size_t> values) {
    return values.begin()[random() % values.size()];
  };
  Case c;
  c.seed = seed;
  c.bits = kBits[random() % std::size(kBits)];
  c.rows = one_of({0, 1, 63, 64, 65, 128, 300, 1000, 3000, 9000});
  c.rows += random() % 70;
  c.more = one_of({0, 0, 1, 50, 64, 500});
  c.kinds = one_of({0, 0, 1, 2, 10, 200});
  c.centres = one_of({0, 0, 1, 5, 60});
  c.noise_percent = static_cast<int>(one_of({0, 1, 8, 20}));
  c.allowed_of_1000 = one_of({1000, 1000, 500, 100, 5, 0});
  c.k = one_of({1, 2, 10, 100, 1000, 10000});
  c.most = one_of({0, 1, c.k + 1, 2 * c.k, 500, 20000});
  c.radius =
      random() % 2 == 0 ? -1 : static_cast<int>(random() % static_cast<uint64_t>(c.bits / 2));
  c.after = random() % 3 == 0;
  c.threads = static_cast<int>(one_of({1, 1, 2, 5}));
  c.kept = random() % 4 == 0;
  return c;
}

// The thread sanitizer takes a hundred times as long, and is there for the threads.
#ifdef __SANITIZE_THREAD__
constexpr uint64_t kCases = 300;
#else
constexpr uint64_t kCases = 2000;
#endif

TEST(Strategies, EqualBruteForceInRandomCases) {
  for (uint64_t seed = 0; seed < kCases; ++seed) {
    const Case c = RandomCase(seed);
    if (Wrong(c).empty()) continue;
    const Case small = Shrink(c);
    FAIL() << Wrong(small) << " is wrong for " << small.Text() << "\nfound as " << c.Text();
  }
}

// So many codes of the source, prepared.
CodeIndex Prepared(const Case& c, int rows, Codes* source) {
  Bytes codes;
  for (int row = 0; row < rows; ++row) {
    const Bytes code = source->Next();
    codes.insert(codes.end(), code.begin(), code.end());
  }
  CodeIndex index(c.bits);
  index.Append(codes);
  EXPECT_TRUE(index.Prepare().ok());
  return index;
}

TEST(Strategies, PagesMakeUpTheWhole) {
  Case c;
  c.bits = 24;
  c.centres = 20;
  Codes source(c);
  const CodeIndex index = Prepared(c, 3000, &source);
  const Bytes code = source.Next();
  for (const Strategy strategy : kAll) {
    CodeQuery query;
    query.radius = 9;
    query.k = 100000;
    query.strategy = strategy;
    const auto whole = index.Search(code, query)[0];
    ASSERT_GT(whole.size(), 50u);
    std::vector<Neighbor> pages;
    query.k = 7;
    for (auto page = index.Search(code, query)[0]; !page.empty();
         page = index.Search(code, query)[0]) {
      pages.insert(pages.end(), page.begin(), page.end());
      query.after = page.back();
    }
    EXPECT_EQ(pages, whole) << StrategyName(strategy);
  }
}

TEST(Strategies, BallsPassOverMostOfClusteredCodes) {
  Case c;
  c.bits = 128;
  c.centres = 100;
  Codes source(c);
  const CodeIndex index = Prepared(c, 20000, &source);
  CodeQuery query;
  query.k = 50;
  query.strategy = Strategy::kBalls;
  std::vector<CodeTrace> traces;
  ASSERT_EQ(index.Search(source.Next(), query, &traces)[0].size(), 50u);
  EXPECT_LT(traces[0].compared, index.rows() / 8);
}

TEST(Strategies, EqualCodesAreComparedOnce) {
  Case c;
  c.bits = 100;
  c.kinds = 500;
  Codes source(c);
  const CodeIndex index = Prepared(c, 64000, &source);
  CodeQuery query;
  query.k = 1000;
  query.strategy = Strategy::kDistinct;
  std::vector<CodeTrace> traces;
  EXPECT_EQ(index.Search(source.Next(), query, &traces)[0].size(), 1000u);
  EXPECT_EQ(traces[0].compared, 500u);
}

// There are 2^32 buckets by name, and far fewer in memory.
TEST(Strategies, BucketsOf32BitsAreLookedUpOneByOne) {
  Case c;
  c.bits = 32;
  c.centres = 1000;
  Codes source(c);
  const CodeIndex index = Prepared(c, 20000, &source);
  CodeQuery query;
  query.radius = 3;
  query.k = 100000;
  query.strategy = Strategy::kBuckets;
  std::vector<CodeTrace> traces;
  const Bytes code = source.Next();
  const auto found = index.Search(code, query, &traces)[0];
  query.strategy = Strategy::kScan;
  EXPECT_EQ(found, index.Search(code, query)[0]);
  ASSERT_EQ(traces[0].strategy, Strategy::kBuckets);
  EXPECT_EQ(traces[0].buckets, 1u + 32u + 32u * 31 / 2 + 32u * 31 * 30 / 6);
  EXPECT_LT(traces[0].compared, found.size() + 200);
  EXPECT_LT(index.prepared_bytes(), uint64_t{32} << 20);
}

TEST(Strategies, LengthTellsWhichTablesThereAre) {
  for (const int bits : {8, 15, 16, 24, 32, 33, 128}) {
    Case c;
    c.bits = bits;
    Codes source(c);
    const CodeIndex index = Prepared(c, 200, &source);
    EXPECT_EQ(index.Can(Strategy::kBuckets), bits <= 32) << bits;
    EXPECT_EQ(index.Can(Strategy::kMih), bits >= 16) << bits;
  }
}

TEST(Strategies, NamesGoBothWays) {
  for (const Strategy strategy : kAll) EXPECT_EQ(StrategyByName(StrategyName(strategy)), strategy);
  EXPECT_EQ(StrategyByName("magic"), std::nullopt);
}

}  // namespace
}  // namespace hashlens
