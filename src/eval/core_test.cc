// Judging whole matrices against a naive implementation of the same.
#include "eval/core.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <bit>
#include <cmath>
#include <random>
#include <set>

#include "base/half.h"
#include "eval/metrics.h"

namespace hashlens {
namespace {

struct Labels {
  std::vector<std::vector<int>> database;
  std::vector<std::vector<int>> queries;
  std::vector<std::optional<uint32_t>> own;
  Relevance relevance() const { return {5, database, queries, own}; }
  bool Right(size_t query, size_t row) const {
    return std::find_first_of(queries[query].begin(), queries[query].end(), database[row].begin(),
                              database[row].end()) != queries[query].end();
  }
};

Labels RandomLabels(size_t rows, size_t queries, uint64_t seed) {
  std::mt19937_64 random(seed);
  Labels labels;
  const auto draw = [&] {
    std::set<int> some = {static_cast<int>(random() % 5)};
    if (random() % 3 == 0) some.insert(static_cast<int>(random() % 5));
    if (random() % 20 == 0) some.clear();
    return std::vector<int>(some.begin(), some.end());
  };
  for (size_t i = 0; i < rows; ++i) labels.database.push_back(draw());
  for (size_t i = 0; i < queries; ++i) {
    labels.queries.push_back(draw());
    labels.own.push_back(i % 4 == 0 ? std::optional(static_cast<uint32_t>(random() % rows))
                                    : std::nullopt);
  }
  return labels;
}

// mAP@k, mAP over all, P@5, R@5 of rankings by (distance, row), own rows left out.
struct NaiveFigures {
  double map_at_k = 0, map_all = 0, precision_5 = 0, recall_5 = 0;
};
using Distance = std::function<double(size_t query, size_t row)>;

std::vector<uint32_t> NaiveRanking(const Labels& labels, size_t query, const Distance& distance) {
  std::vector<std::pair<double, uint32_t>> order;
  for (uint32_t row = 0; row < labels.database.size(); ++row) {
    if (labels.own[query] != row) order.emplace_back(distance(query, row), row);
  }
  std::sort(order.begin(), order.end());
  std::vector<uint32_t> rows(order.size());
  std::transform(order.begin(), order.end(), rows.begin(),
                 [](const auto& pair) { return pair.second; });
  return rows;
}

NaiveFigures Naive(const Labels& labels, size_t k, const Distance& distance) {
  NaiveFigures figures;
  const double count = static_cast<double>(labels.queries.size());
  for (size_t query = 0; query < labels.queries.size(); ++query) {
    const std::vector<uint32_t> rows = NaiveRanking(labels, query, distance);
    std::vector<uint32_t> hits;
    for (size_t i = 0; i < rows.size(); ++i) {
      if (labels.Right(query, rows[i])) hits.push_back(static_cast<uint32_t>(i + 1));
    }
    figures.map_at_k += AveragePrecision(hits, k) / count;
    figures.map_all += AveragePrecision(hits, rows.size()) / count;
    figures.precision_5 += PrecisionAt(hits, 5) / count;
    figures.recall_5 += RecallAt(hits, 5, hits.size()) / count;
  }
  return figures;
}

void ExpectSame(const EvalMethod& method, const NaiveFigures& naive, bool whole = true) {
  EXPECT_NEAR(method.map_at_k, naive.map_at_k, 1e-9);
  EXPECT_EQ(method.map_all.has_value(), whole);
  if (whole) {
    EXPECT_NEAR(*method.map_all, naive.map_all, 1e-9);
  }
  const auto at_5 = std::find_if(method.at.begin(), method.at.end(),
                                 [](const EvalPoint& point) { return point.k == 5; });
  ASSERT_NE(at_5, method.at.end());
  EXPECT_NEAR(at_5->precision, naive.precision_5, 1e-9);
  EXPECT_NEAR(at_5->recall, naive.recall_5, 1e-9);
}

Codes RandomCodes(size_t rows, int bits, uint64_t seed) {
  std::mt19937_64 random(seed);
  Codes codes{bits, std::vector<uint8_t>(rows * CodeBytes(bits))};
  for (size_t i = 0; i < codes.bytes.size(); ++i) {
    codes.bytes[i] = static_cast<uint8_t>(random() & random() & random());  // few bits: many ties
    if (bits % 8 != 0 && i % CodeBytes(bits) == CodeBytes(bits) - 1)
      codes.bytes[i] = static_cast<uint8_t>(codes.bytes[i] & ((1 << (bits % 8)) - 1));
  }
  return codes;
}

int Hamming(const Codes& a, size_t i, const Codes& b, size_t j) {
  int distance = 0;
  for (size_t byte = 0; byte < CodeBytes(a.bits); ++byte)
    distance += std::popcount(static_cast<unsigned>(a.Row(i)[byte] ^ b.Row(j)[byte]));
  return distance;
}

Features RandomFeatures(size_t rows, size_t dim, uint64_t seed) {
  std::mt19937_64 random(seed);
  std::normal_distribution<float> normal;
  Features features{dim, {}};
  for (size_t row = 0; row < rows; ++row) {
    std::vector<float> values(dim);
    float squares = 0;
    for (float& value : values) {
      value = 0.3F + normal(random);
      squares += value * value;
    }
    for (const float value : values)
      features.half.push_back(HalfFromFloat(value / std::sqrt(squares)));
  }
  return features;
}

CoreOptions Core(size_t k) {
  CoreOptions options;
  options.k = k;
  options.threads = 3;
  return options;
}

TEST(JudgeCodes, AgreesWithANaiveRanking) {
  for (const int bits : {12, 64, 100}) {
    const Labels labels = RandomLabels(230, 37, static_cast<uint64_t>(bits));
    const Codes database = RandomCodes(230, bits, 1), queries = RandomCodes(37, bits, 2);
    const auto figures = JudgeCodes(labels.relevance(), database, queries, nullptr, Core(20));
    ASSERT_TRUE(figures.ok());
    EXPECT_FALSE(figures->reranked);
    const Distance distance = [&](size_t query, size_t row) {
      return Hamming(queries, query, database, row);
    };
    ExpectSame(figures->by_code, Naive(labels, 20, distance));

    double radius = 0, empty = 0;
    for (size_t query = 0; query < 37; ++query) {
      double within = 0, right = 0;
      for (size_t row = 0; row < 230; ++row) {
        if (labels.own[query] == row || distance(query, row) > 2) continue;
        ++within;
        right += labels.Right(query, row) ? 1 : 0;
      }
      radius += within == 0 ? 0 : right / within / 37;
      empty += within == 0 ? 1.0 / 37 : 0;
    }
    EXPECT_NEAR(*figures->by_code.precision_radius2, radius, 1e-9);
    EXPECT_NEAR(*figures->by_code.empty_radius2, empty, 1e-9);
    std::set<std::vector<uint8_t>> distinct;
    for (size_t row = 0; row < 230; ++row)
      distinct.emplace(database.Row(row).begin(), database.Row(row).end());
    EXPECT_EQ(figures->by_code.distinct_codes, distinct.size());
  }
}

TEST(JudgeCodes, ExpectationIsTheMeanOverRandomOrdersOfTheDatabase) {
  const Labels labels = RandomLabels(60, 10, 3);
  Labels plain = labels;
  plain.own.assign(10, std::nullopt);
  const Codes database = RandomCodes(60, 10, 4), queries = RandomCodes(10, 10, 5);
  const auto figures = JudgeCodes(plain.relevance(), database, queries, nullptr, Core(15));
  ASSERT_TRUE(figures.ok());
  std::mt19937_64 random(6);
  double at_k = 0, all = 0;
  constexpr int kOrders = 3000;
  std::vector<size_t> place(60);
  for (size_t i = 0; i < place.size(); ++i) place[i] = i;
  for (int i = 0; i < kOrders; ++i) {
    std::shuffle(place.begin(), place.end(), random);
    const NaiveFigures naive = Naive(plain, 15, [&](size_t query, size_t row) {
      return Hamming(queries, query, database, row) + static_cast<double>(place[row]) / 100;
    });
    at_k += naive.map_at_k / kOrders;
    all += naive.map_all / kOrders;
  }
  EXPECT_NEAR(*figures->by_code.expected_map_at_k, at_k, 2e-3);
  EXPECT_NEAR(*figures->by_code.expected_map_all, all, 2e-3);
}

TEST(JudgeCodes, ReranksTheNearestCodesByCentredFeature) {
  const Labels labels = RandomLabels(150, 20, 7);
  const Codes database = RandomCodes(150, 32, 8), queries = RandomCodes(20, 32, 9);
  const Features rows = RandomFeatures(150, 24, 10), wanted = RandomFeatures(20, 24, 11);
  const std::vector<float> mean = MeanOf(rows);
  const Vectors centred_rows = Centred(rows, mean, 2), centred = Centred(wanted, mean, 2);
  const RerankInput input{&rows, &wanted, mean, 40, 50};
  const auto figures = JudgeCodes(labels.relevance(), database, queries, &input, Core(30));
  ASSERT_TRUE(figures.ok() && figures->reranked && figures->cut);
  // The 40 nearest by (code, row) get their feature distance, the others stay behind in order.
  // Where shells are finished, those at the distance of the 40th get it, too, up to 50.
  using Order = std::vector<std::vector<double>>;
  Order whole(20, std::vector<double>(150)), cut = whole;
  size_t candidates = 0;
  for (size_t query = 0; query < 20; ++query) {
    const auto ranking = NaiveRanking(
        labels, query, [&](size_t q, size_t row) { return Hamming(queries, q, database, row); });
    for (size_t i = 0; i < ranking.size(); ++i) {
      double squares = 0;
      for (size_t d = 0; d < 24; ++d) {
        const double part = double{centred.Row(query)[d]} - double{centred_rows.Row(ranking[i])[d]};
        squares += part * part;
      }
      const auto hamming = [&](size_t place) {
        return Hamming(queries, query, database, ranking[place]);
      };
      const bool counts = i < 40 || (i < 50 && hamming(i) == hamming(39));
      candidates += counts ? 1 : 0;
      whole[query][ranking[i]] = counts ? std::sqrt(squares) : static_cast<double>(10 + i);
      cut[query][ranking[i]] = i < 40 ? std::sqrt(squares) : static_cast<double>(10 + i);
    }
  }
  ASSERT_GT(candidates, 20u * 40);
  EXPECT_EQ(figures->reranked->candidates, static_cast<double>(candidates) / 20);
  EXPECT_EQ(figures->cut->candidates, 40);
  const auto naive = [&](const Order& order) {
    return Naive(labels, 30, [&](size_t query, size_t row) { return order[query][row]; });
  };
  ExpectSame(*figures->reranked, naive(whole));
  ExpectSame(*figures->cut, naive(cut));
}

TEST(JudgeVectors, AgreesWithANaiveRanking) {
  const Labels labels = RandomLabels(300, 33, 12);
  const Features rows = RandomFeatures(300, 17, 13), wanted = RandomFeatures(33, 17, 14);
  const Vectors database{17, rows.Floats(0, 300)}, queries{17, wanted.Floats(0, 33)};
  const Distance distance = [&](size_t query, size_t row) {
    double squares = 0;
    for (size_t d = 0; d < 17; ++d) {
      const double part = double{queries.Row(query)[d]} - double{database.Row(row)[d]};
      squares += part * part;
    }
    return squares;
  };
  const auto method = JudgeVectors(labels.relevance(), database, queries, Core(50));
  ASSERT_TRUE(method.ok());
  ExpectSame(*method, Naive(labels, 50, distance));
  EXPECT_EQ(method->precision_at_recall.size(), kRecallPoints);

  const auto nearest = NearestRows(labels.relevance(), database, queries, Core(50));
  ASSERT_TRUE(nearest.ok());
  for (size_t query = 0; query < 33; ++query) {
    auto expected = NaiveRanking(labels, query, distance);
    expected.resize(50);
    EXPECT_EQ((*nearest)[query], expected);
  }
  const auto lists = JudgeLists(labels.relevance(), *nearest, Core(50));
  ASSERT_TRUE(lists.ok());
  ExpectSame(*lists, Naive(labels, 50, distance), /*whole=*/false);
  EXPECT_EQ(NeighboursFound(*nearest, *nearest, 10), 1);
}

TEST(NeighboursFound, IsTheShareOfTheTrueOnes) {
  EXPECT_DOUBLE_EQ(NeighboursFound({{1, 2, 3, 4}, {5, 6, 7, 8}}, {{2, 1, 9}, {}}, 2), 0.5);
  EXPECT_DOUBLE_EQ(NeighboursFound({{1, 2, 3, 4}}, {{4, 9, 3}}, 4), 0.5);
  EXPECT_DOUBLE_EQ(NeighboursFound({{}}, {{}}, 4), 0);
}

TEST(Judging, StopsWhenAsked) {
  const Labels labels = RandomLabels(10, 3, 15);
  std::stop_source source;
  source.request_stop();
  CoreOptions options = Core(5);
  options.stop = source.get_token();
  EXPECT_EQ(
      JudgeCodes(labels.relevance(), RandomCodes(10, 8, 1), RandomCodes(3, 8, 2), nullptr, options)
          .status()
          .code(),
      StatusCode::kCancelled);
  EXPECT_EQ(JudgeVectors(labels.relevance(), {1, std::vector<float>(10)},
                         {1, std::vector<float>(3)}, options)
                .status()
                .code(),
            StatusCode::kCancelled);
}

}  // namespace
}  // namespace hashlens
