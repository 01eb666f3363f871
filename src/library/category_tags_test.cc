#include "library/category_tags.h"

#include <gtest/gtest.h>

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

TEST(LikelyClasses, ANameIsThereOnce) {
  ClassNames names = Pets();
  names.nodes[6].name = "dog";
  EXPECT_EQ(LikelyClasses(names, {0.9, 0, 0, 0}, 0.5), (Names{"collie", "dog"}));
}

}  // namespace
}  // namespace hashlens
