#include "model/caffe/selection.h"

#include <gtest/gtest.h>

#include "model/caffe/test_nets.h"

namespace hashlens {
namespace {

CaffeNet Parsed(const TestNet& net) {
  auto parsed = ParsePrototxt(PrototxtOf(net, CaffeForm::kNew), "net");
  EXPECT_TRUE(parsed.ok()) << parsed.status().message();
  return parsed.ok() ? std::move(*parsed) : CaffeNet();
}

// The names of the layers that are taken, then the hash layer's after a '|'.
std::string Selected(const CaffeNet& net, const std::string& feature, const std::string& hash) {
  const auto selection = SelectCaffeLayers(net, feature, hash);
  if (!selection.ok()) return selection.status().message();
  std::string names;
  for (const size_t i : selection->layers) names += net.layers[i].param.name() + " ";
  if (selection->hash) names += "| " + net.layers[*selection->hash].param.name();
  return names;
}

const char kToFeature[] = "conv1 relu1 pool1 norm1 conv2 relu2 fc relu3 drop3 ";

TEST(SelectCaffeLayers, ABlobIsWhatItIsAtTheEndOfTheNetwork) {
  const CaffeNet net = Parsed(SmallNet(16));
  EXPECT_EQ(Selected(net, "fc", ""), kToFeature);
  EXPECT_EQ(Selected(net, "relu3", ""), "conv1 relu1 pool1 norm1 conv2 relu2 fc relu3 ");
  EXPECT_EQ(Selected(net, "pool1", ""), "conv1 relu1 pool1 ");
}

TEST(SelectCaffeLayers, TheCodesLayerIsFoundByEveryName) {
  const CaffeNet net = Parsed(SmallNet(16));
  for (const char* hash : {"code", "code_sigmoid"}) {
    EXPECT_EQ(Selected(net, "fc", hash), std::string(kToFeature) + "| code");
    EXPECT_EQ(Selected(net, "", hash), std::string(kToFeature) + "| code");
  }
  EXPECT_EQ(Selected(net, "relu3", "code"), "conv1 relu1 pool1 norm1 conv2 relu2 fc relu3 | code");
}

TEST(SelectCaffeLayers, OnlyWhatIsNeededIsTaken) {
  TestNet net;
  net.layers = {Plain("a", "ReLU", "data"),     Plain("side", "Unheard", "data"),
                Plain("b", "TanH", "a"),        Over("b2", "Sigmoid", "b"),
                Plain("c", "ReLU", "a"),        Plain("sum", "Eltwise", "b c"),
                Plain("late", "Unheard", "sum")};
  EXPECT_EQ(Selected(Parsed(net), "sum", ""), "a b b2 c sum ");
}

TEST(SelectCaffeLayers, NamesThatDoNotFitAreExplained) {
  const CaffeNet net = Parsed(SmallNet(16));
  const auto expect = [&](const std::string& feature, const std::string& hash,
                          const std::string& part) {
    const auto selection = SelectCaffeLayers(net, feature, hash);
    ASSERT_FALSE(selection.ok()) << feature << " " << hash;
    EXPECT_EQ(selection.status().code(), StatusCode::kInvalidArgument);
    EXPECT_NE(selection.status().message().find(part), std::string::npos)
        << selection.status().message();
  };
  expect("fc9", "", "no blob or layer is called \"fc9\"; the last ones are conv1, pool1, norm1");
  expect("fc", "cod", "\"cod\"");
  expect("conv2", "code", "makes codes of \"fc\", not of \"conv2\"");
  expect("fc", "prob", "no code can be made of \"prob\"");
  expect("fc", "classes", "makes codes of \"code_sigmoid\"");
  expect("", "", "neither");
  expect("data", "", "\"data\"");
}

TEST(SelectCaffeLayers, TwoSigmoidsAreNoCode) {
  TestNet net = SmallNet(16);
  net.layers.push_back(Plain("again", "Sigmoid", "code_sigmoid"));
  EXPECT_EQ(SelectCaffeLayers(Parsed(net), "fc", "again").status().code(),
            StatusCode::kInvalidArgument);
}

TEST(SelectCaffeLayers, ABlobThatNothingMakesIsNamed) {
  TestNet net;
  net.layers = {Plain("a", "ReLU", "nowhere"), Plain("b", "ReLU", "a")};
  const auto selection = SelectCaffeLayers(Parsed(net), "b", "");
  EXPECT_EQ(selection.status().code(), StatusCode::kCorruption);
  EXPECT_NE(selection.status().message().find("\"nowhere\""), std::string::npos);
}

TEST(SelectCaffeLayers, AHashOfThePictureHasNoFeature) {
  TestNet net;
  net.layers = {Inner("code", "data", 3 * 32 * 32, 16)};
  EXPECT_EQ(SelectCaffeLayers(Parsed(net), "", "code").status().code(),
            StatusCode::kInvalidArgument);
}

}  // namespace
}  // namespace hashlens
