#include "eval/relevance.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <random>

#include "base/temp_folder.h"
#include "base/test_files.h"
#include "eval/sides.h"

namespace hashlens {
namespace {

std::vector<std::vector<int>> RandomLabels(size_t rows, int classes, std::mt19937_64* random) {
  std::vector<std::vector<int>> labels(rows);
  for (auto& own : labels) {
    for (int c = 0; c < classes; ++c) {
      if ((*random)() % 4 == 0) own.push_back(c);
    }
  }
  return labels;
}

TEST(Relevance, IsSharingALabel) {
  std::mt19937_64 random(31);
  const auto database = RandomLabels(200, 6, &random);
  const auto queries = RandomLabels(40, 6, &random);
  std::vector<std::optional<uint32_t>> own(40);
  for (size_t q = 0; q < own.size(); q += 3) own[q] = static_cast<uint32_t>(random() % 200);
  for (const bool with_own : {false, true}) {
    const Relevance relevance(6, database, queries, with_own ? own : decltype(own)());
    std::vector<Answer> answers(200);
    for (size_t q = 0; q < queries.size(); ++q) {
      const size_t right = relevance.Mark(q, answers);
      size_t expected = 0;
      for (size_t row = 0; row < database.size(); ++row) {
        std::vector<int> both;
        std::set_intersection(queries[q].begin(), queries[q].end(), database[row].begin(),
                              database[row].end(), std::back_inserter(both));
        const Answer answer = with_own && own[q] == row ? Answer::kItself
                              : both.empty()            ? Answer::kWrong
                                                        : Answer::kRight;
        EXPECT_EQ(answers[row], answer);
        expected += answer == Answer::kRight ? 1 : 0;
      }
      EXPECT_EQ(right, expected);
    }
  }
}

TEST(Sides, ShareTheNumbersOfClassesByName) {
  const Sides sides = JoinSides({{"b", "d"}, {{"1", {0}}, {"2", {0, 1}}}},
                                {{"a", "b", "c"}, {{"3", {0}}, {"4", {1, 2}}}});
  EXPECT_EQ(sides.classes, (std::vector<std::string>{"a", "b", "c", "d"}));
  EXPECT_EQ(LabelsOf(sides.database), (std::vector<std::vector<int>>{{1}, {1, 3}}));
  EXPECT_EQ(LabelsOf(sides.queries), (std::vector<std::vector<int>>{{0}, {1, 2}}));
  EXPECT_EQ(CountClasses(sides.database, 4), 2u);
}

TEST(Sides, AQuerysOwnRowIsToldByTheFileNotItsName) {
  const TempFolder temporary;
  for (const char* name : {"a", "b", "c"}) WriteWhole(temporary.path() / name, name);
  std::filesystem::create_symlink("b", temporary.path() / "link");
  const auto pictures = [&](const std::vector<const char*>& names) {
    std::vector<LabelledPicture> list;
    list.reserve(names.size());
    for (const char* name : names) list.push_back({temporary.path() / name, {}});
    return list;
  };
  EXPECT_EQ(OwnRows(pictures({"a", "b"}), pictures({"c", "link", "./a", "gone"})),
            (std::vector<std::optional<uint32_t>>{std::nullopt, 1, 0, std::nullopt}));
}

TEST(Sides, TheSeedDecidesTheOrder) {
  std::vector<LabelledPicture> pictures(50);
  for (size_t i = 0; i < pictures.size(); ++i) pictures[i].path = std::to_string(i);
  auto one = pictures, same = pictures, other = pictures;
  ShufflePictures(&one, 1);
  ShufflePictures(&same, 1);
  ShufflePictures(&other, 2);
  EXPECT_EQ(one, same);
  EXPECT_NE(one, other);
  EXPECT_TRUE(std::is_permutation(one.begin(), one.end(), pictures.begin()));
}

}  // namespace
}  // namespace hashlens
