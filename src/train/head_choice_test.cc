#include "train/head_choice.h"

#include <gtest/gtest.h>

namespace hashlens {
namespace {

// Bit i is the sign of coordinate i.
HashHead SignsOf(int bits) {
  HashHead head;
  head.method = "signs";
  head.bits = bits;
  head.dim = bits;
  head.mean.assign(static_cast<size_t>(bits), 0);
  head.bias.assign(static_cast<size_t>(bits), 0);
  head.weights.assign(static_cast<size_t>(bits * bits), 0);
  for (int i = 0; i < bits; ++i) head.weights[static_cast<size_t>(i * bits + i)] = 1;
  return head;
}

// One row a code of 8 bits, the first `ones` of them set.
std::vector<float> RowsWithOnes(const std::vector<int>& ones) {
  std::vector<float> rows;
  for (const int count : ones) {
    for (int i = 0; i < 8; ++i) rows.push_back(i < count ? 1.0f : -1.0f);
  }
  return rows;
}

TEST(HeldOutMap, IsThePapersFigure) {
  const std::vector<float> database = RowsWithOnes({3, 2, 1, 0});
  const std::vector<std::vector<int>> labels = {{2}, {1}, {0, 1}, {0}};
  const std::vector<float> query = RowsWithOnes({0});
  const std::vector<std::vector<int>> wanted = {{0}};
  // Nearest first: row 3 (relevant), row 2 (relevant), row 1, row 0.
  EXPECT_DOUBLE_EQ(HeldOutMap(SignsOf(8), {database, &labels}, {query, &wanted}, 1).value(), 1);
  const std::vector<std::vector<int>> other = {{1}};
  // Ranks 2 and 3 are relevant: (1/2 + 2/3) / 2.
  EXPECT_NEAR(HeldOutMap(SignsOf(8), {database, &labels}, {query, &other}, 1).value(), 7.0 / 12,
              1e-12);
  const std::vector<std::vector<int>> nothing = {{7}};
  EXPECT_EQ(HeldOutMap(SignsOf(8), {database, &labels}, {query, &nothing}, 1), 0);
}

TEST(HeldOutMap, WithoutQueriesThereIsNone) {
  const std::vector<std::vector<int>> none;
  const std::vector<float> database = RowsWithOnes({3});
  const std::vector<std::vector<int>> labels = {{2}};
  EXPECT_EQ(HeldOutMap(SignsOf(8), {database, &labels}, {{}, &none}, 1), std::nullopt);
}

TEST(HeldOutMap, TheSeedDecidesAmongEquals) {
  const std::vector<float> database = RowsWithOnes(std::vector<int>(40, 2));
  std::vector<std::vector<int>> labels;
  for (int i = 0; i < 40; ++i) labels.push_back({i % 2});
  const std::vector<float> query = RowsWithOnes({2});
  const std::vector<std::vector<int>> wanted = {{1}};
  const LabelledCodes from{database, &labels};
  const LabelledCodes of{query, &wanted};
  EXPECT_EQ(HeldOutMap(SignsOf(8), from, of, 1), HeldOutMap(SignsOf(8), from, of, 1));
  EXPECT_NE(HeldOutMap(SignsOf(8), from, of, 1), HeldOutMap(SignsOf(8), from, of, 2));
}

TEST(ChanceMap, IsWhatEqualCodesHave) {
  const std::vector<float> database = RowsWithOnes(std::vector<int>(40, 2));
  std::vector<std::vector<int>> labels;
  for (int i = 0; i < 40; ++i) labels.push_back({i % 4});
  const std::vector<float> query = RowsWithOnes({7, 0});
  const std::vector<std::vector<int>> wanted = {{1}, {2}};
  for (const uint64_t seed : {1u, 2u, 3u}) {
    const auto chance = ChanceMap(labels, wanted, seed);
    EXPECT_EQ(chance, HeldOutMap(SignsOf(8), {database, &labels}, {query, &wanted}, seed));
    EXPECT_GT(chance.value(), 0.1);
    EXPECT_LT(chance.value(), 0.6);
  }
  EXPECT_EQ(ChanceMap(labels, {}, 1), std::nullopt);
}

TEST(Complaint, IsAboutCodesThatAreGoodForNothing) {
  const std::vector<float> equal = RowsWithOnes({2, 2, 2});
  const std::vector<float> two = RowsWithOnes({2, 2, 3});
  const HashHead head = SignsOf(8);
  EXPECT_NE(Complaint(head, equal, std::nullopt, std::nullopt).find("the same code of 8 bits"),
            std::string::npos);
  EXPECT_EQ(Complaint(head, two, std::nullopt, std::nullopt), "");
  EXPECT_EQ(Complaint(head, two, 0.9, 0.5), "");
  EXPECT_NE(Complaint(head, two, 0.5, 0.5).find("0.5000"), std::string::npos);
  EXPECT_NE(Complaint(head, two, 0.3, 0.5).find("hardly more than chance"), std::string::npos);
}

}  // namespace
}  // namespace hashlens
