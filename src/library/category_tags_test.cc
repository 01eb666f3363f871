#include "library/category_tags.h"

#include <gtest/gtest.h>

#include <algorithm>

namespace hashlens {
namespace {

// Three dogs and a cat; "animal" is above all.
ClassNames Pets() {
  ClassNames names;
  names.classes = 4;
  names.nodes = {{"collie", "", 4}, {"pug", "", 4}, {"basset", "", 4}, {"tabby", "", 5},
                 {"dog", "", 6},    {"cat", "", 6}, {"animal", "", -1}};
  return names;
}

using Names = std::vector<std::string>;

TEST(LikelyClasses, AClassAndThoseAboveIt) {
  EXPECT_EQ(LikelyClasses(Pets(), {0.9, 0.05, 0, 0.05}, 0.5), (Names{"animal", "collie", "dog"}));
}

TEST(LikelyClasses, WhereTheClassIsUnsureTheOneAboveMayBeSure) {
  EXPECT_EQ(LikelyClasses(Pets(), {0.3, 0.3, 0.2, 0.2}, 0.5), (Names{"animal", "dog"}));
  EXPECT_EQ(LikelyClasses(Pets(), {0.2, 0.1, 0.1, 0.4}, 0.5), (Names{"animal"}));
}

TEST(LikelyClasses, NoneOrSeveralMayBe) {
  EXPECT_EQ(LikelyClasses(Pets(), {0.1, 0.1, 0.1, 0.1}, 0.5), Names());
  EXPECT_EQ(LikelyClasses(Pets(), {0.5, 0.1, 0, 0.4}, 0.3),
            (Names{"animal", "cat", "collie", "dog", "tabby"}));
}

TEST(LikelyClasses, TheLikeliestOfManyAreKept) {
  ClassNames names;
  std::vector<double> probabilities;
  for (int i = 0; i < 100; ++i) {
    names.nodes.push_back({std::to_string(i), "", -1});
    probabilities.push_back(0.5 + 0.001 * i);
  }
  const Names likely = LikelyClasses(names, probabilities, 0.5);
  EXPECT_EQ(likely.size(), 64U);
  EXPECT_TRUE(std::ranges::binary_search(likely, "36"));
  EXPECT_FALSE(std::ranges::binary_search(likely, "35"));
}

TEST(LikelyClasses, ANameIsThereOnce) {
  ClassNames names = Pets();
  names.nodes[6].name = "dog";
  EXPECT_EQ(LikelyClasses(names, {0.9, 0, 0, 0}, 0.5), (Names{"collie", "dog"}));
}

}  // namespace
}  // namespace hashlens
