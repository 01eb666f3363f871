#include "eval/metrics.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <random>
#include <vector>

#include "eval/tally.h"

namespace hashlens {
namespace {

// The definitions, word by word, on an answer as a list of right and wrong.
struct Naive {
  std::vector<bool> answer;

  double Precision(size_t k) const {
    double right = 0;
    for (size_t i = 0; i < k; ++i) right += i < answer.size() && answer[i] ? 1 : 0;
    return right / static_cast<double>(k);
  }
  double Relevant() const {
    return static_cast<double>(std::count(answer.begin(), answer.end(), true));
  }
  double Recall(size_t k) const {
    return Relevant() == 0 ? 0 : Precision(k) * static_cast<double>(k) / Relevant();
  }
  double AveragePrecision(size_t k) const {
    double sum = 0, right = 0;
    for (size_t i = 0; i < std::min(k, answer.size()); ++i) {
      if (!answer[i]) continue;
      sum += Precision(i + 1);
      ++right;
    }
    return right == 0 ? 0 : sum / right;
  }
  double Interpolated(double recall) const {
    double best = 0;
    for (size_t k = 1; k <= answer.size(); ++k) {
      if (Recall(k) >= recall - 1e-12) best = std::max(best, Precision(k));
    }
    return best;
  }
  std::vector<uint32_t> Hits() const {
    std::vector<uint32_t> hits;
    for (size_t i = 0; i < answer.size(); ++i) {
      if (answer[i]) hits.push_back(static_cast<uint32_t>(i + 1));
    }
    return hits;
  }
};

std::vector<Naive> RandomAnswers() {
  std::mt19937_64 random(11);
  std::vector<Naive> answers = {{{}}, {{true}}, {{false}}, {{false, false, true}}};
  for (int i = 0; i < 300; ++i) {
    Naive naive;
    const uint64_t one_in = 1 + random() % 5;
    naive.answer.resize(1 + random() % 150);
    for (size_t j = 0; j < naive.answer.size(); ++j) naive.answer[j] = random() % one_in == 0;
    answers.push_back(naive);
  }
  return answers;
}

TEST(Metrics, AgreeWithTheirDefinitions) {
  for (const Naive& naive : RandomAnswers()) {
    const std::vector<uint32_t> hits = naive.Hits();
    for (const size_t k : {1, 2, 3, 7, 50, 149, 150, 1000}) {
      EXPECT_DOUBLE_EQ(PrecisionAt(hits, k), naive.Precision(k));
      EXPECT_NEAR(RecallAt(hits, k, hits.size()), naive.Recall(k), 1e-12);
      EXPECT_NEAR(AveragePrecision(hits, k), naive.AveragePrecision(k), 1e-12);
    }
    const auto curve = InterpolatedPrecision(hits);
    for (size_t i = 0; i < curve.size(); ++i)
      EXPECT_DOUBLE_EQ(
          curve[i], naive.Relevant() == 0 ? 0 : naive.Interpolated(static_cast<double>(i) / 100));
  }
}

TEST(Metrics, AveragePrecisionOfAnExampleByHand) {
  const std::vector<uint32_t> hits = {1, 3, 6};
  EXPECT_DOUBLE_EQ(AveragePrecision(hits, 6), (1.0 + 2.0 / 3 + 3.0 / 6) / 3);
  EXPECT_DOUBLE_EQ(AveragePrecision(hits, 5), (1.0 + 2.0 / 3) / 2);
  EXPECT_EQ(AveragePrecision(std::vector<uint32_t>{4}, 3), 0);
}

TEST(Tally, DepthsAreRoundNumbersAndK) {
  using Depths = std::vector<uint64_t>;
  EXPECT_EQ(Tally({.rows = 30, .k = 7}).depths(), (Depths{1, 2, 5, 7, 10, 20}));
  EXPECT_EQ(Tally({.rows = 50, .k = 1000}).depths(), (Depths{1, 2, 5, 10, 20, 50}));
  EXPECT_EQ(Tally({.rows = 5000, .k = 10, .whole = false}).depths(), (Depths{1, 2, 5, 10}));
  EXPECT_EQ(Tally({.rows = 1, .k = 1}).depths(), (Depths{1}));
}

TEST(Tally, GivesMeansOverQueries) {
  const std::vector<Naive> answers = RandomAnswers();
  Tally tally({.rows = 150, .k = 20, .whole = true});
  double ap_k = 0, ap_all = 0, precision_10 = 0, recall_10 = 0, at_half = 0;
  for (const Naive& naive : answers) {
    const std::vector<uint32_t> hits = naive.Hits();
    tally.Add(tally.Judge(hits, hits.size()));
    ap_k += naive.AveragePrecision(20);
    ap_all += naive.AveragePrecision(150);
    precision_10 += naive.Precision(10);
    recall_10 += naive.Recall(10);
    at_half += naive.Relevant() == 0 ? 0 : naive.Interpolated(0.5);
  }
  EvalMethod method;
  tally.Finish(&method);
  const double count = static_cast<double>(answers.size());
  EXPECT_NEAR(method.map_at_k, ap_k / count, 1e-12);
  EXPECT_NEAR(*method.map_all, ap_all / count, 1e-12);
  EXPECT_FALSE(method.expected_map_at_k);
  const auto at_10 = std::find_if(method.at.begin(), method.at.end(),
                                  [](const EvalPoint& p) { return p.k == 10; });
  EXPECT_NEAR(at_10->precision, precision_10 / count, 1e-12);
  EXPECT_NEAR(at_10->recall, recall_10 / count, 1e-12);
  ASSERT_EQ(method.precision_at_recall.size(), 101u);
  EXPECT_NEAR(method.precision_at_recall[50], at_half / count, 1e-12);
}

}  // namespace
}  // namespace hashlens
