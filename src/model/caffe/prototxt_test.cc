#include "model/caffe/prototxt.h"

#include <gtest/gtest.h>

#include "model/caffe/test_nets.h"

namespace hashlens {
namespace {

constexpr char kInput[] = "input: 'data' input_dim: 1 input_dim: 3 input_dim: 9 input_dim: 9\n";

Status Refusal(const std::string& text) { return ParsePrototxt(text, "net").status(); }

void ExpectRefusal(const std::string& text, StatusCode code, const std::string& part) {
  const Status status = Refusal(text);
  EXPECT_EQ(status.code(), code) << text;
  EXPECT_NE(status.message().find(part), std::string::npos) << status.message();
}

TEST(Prototxt, BothFormsSayTheSame) {
  const TestNet net = SmallNet(48);
  const auto old = ParsePrototxt(PrototxtOf(net, CaffeForm::kOld), "net");
  const auto now = ParsePrototxt(PrototxtOf(net, CaffeForm::kNew), "net");
  ASSERT_TRUE(old.ok()) << old.status().message();
  ASSERT_TRUE(now.ok()) << now.status().message();
  ASSERT_EQ(old->layers.size(), net.layers.size());
  ASSERT_EQ(now->layers.size(), net.layers.size());
  EXPECT_EQ(old->input, "data");
  EXPECT_EQ(old->input_shape, (std::array<int64_t, 3>{3, 24, 24}));
  EXPECT_EQ(now->input_shape, old->input_shape);
  for (size_t i = 0; i < net.layers.size(); ++i) {
    const auto &a = old->layers[i].param, &b = now->layers[i].param;
    EXPECT_EQ(a.SerializeAsString(), b.SerializeAsString()) << a.name();
  }
}

TEST(Prototxt, LayersKnowTheirLines) {
  const auto net = ParsePrototxt(std::string(kInput) + "# a comment\nlayer {\n  name: 'a'\n" +
                                     "  type: 'ReLU' bottom: 'data' top: 'a'\n}\n" +
                                     "layer { name: 'b\\n' type: 'TanH' }",
                                 "dir/net.prototxt");
  ASSERT_TRUE(net.ok()) << net.status().message();
  EXPECT_EQ(net->layers[0].first_line, 3);
  EXPECT_EQ(net->layers[0].last_line, 6);
  EXPECT_EQ(net->layers[0].where, "dir/net.prototxt:3: layer \"a\" (ReLU)");
  EXPECT_EQ(net->layers[1].where, "dir/net.prototxt:7: layer \"b\\x0a\" (TanH)");
}

TEST(Prototxt, InputIsSaidInThreeWays) {
  const std::string layer = "layer { name: 'a' type: 'ReLU' bottom: 'x' top: 'a' }";
  for (const char* input : {"input: 'x' input_dim: 10 input_dim: 1 input_dim: 28 input_dim: 28 ",
                            "input: 'x' input_shape { dim: 10 dim: 1 dim: 28 dim: 28 } ",
                            "layer { name: 'i' type: 'Input' top: 'x' input_param { shape { dim: "
                            "[64, 1, 28, 28] } } } "}) {
    const auto net = ParsePrototxt(input + layer, "net");
    ASSERT_TRUE(net.ok()) << net.status().message();
    EXPECT_EQ(net->input, "x");
    EXPECT_EQ(net->input_shape, (std::array<int64_t, 3>{1, 28, 28}));
    EXPECT_EQ(net->layers.size(), 1u);
  }
}

TEST(Prototxt, LayersOfTrainingAreLeftOut) {
  const auto net = ParsePrototxt(
      std::string(kInput) +
          "layer { name: 'a' type: 'ReLU' include { phase: TRAIN } }\n"
          "layer { name: 'b' type: 'ReLU' include { phase: TEST } }\n"
          "layer { name: 'c' type: 'ReLU' exclude { phase: TEST } }\n"
          "layer { name: 'd' type: 'ReLU' exclude { phase: TRAIN } }\n"
          "layer { name: 'e' type: 'ReLU' include { phase: TEST stage: 'other' } }\n"
          "layer { name: 'f' type: 'ReLU' include { min_level: 1 } }\n"
          "layer { name: 'g' type: 'ReLU' include { phase: TRAIN } include { max_level: 3 } }\n",
      "net");
  ASSERT_TRUE(net.ok()) << net.status().message();
  std::string names;
  for (const CaffeLayer& layer : net->layers) names += layer.param.name();
  EXPECT_EQ(names, "bdg");
}

TEST(Prototxt, UnknownFieldsAreNotedWithTheirLines) {
  const auto net = ParsePrototxt(std::string(kInput) +
                                     "layer {\n name: 'a' type: 'ReLU'\n"
                                     " python_param {\n module: 'x' deep { er: 1 }\n }\n}\n"
                                     "what_is_this: 3\n",
                                 "net");
  ASSERT_TRUE(net.ok()) << net.status().message();
  ASSERT_EQ(net->notes.size(), 2u);
  EXPECT_EQ(net->notes[0].line, 4);
  EXPECT_NE(net->notes[0].text.find("python_param"), std::string::npos) << net->notes[0].text;
  EXPECT_EQ(net->notes[0].text.find("hashlens"), std::string::npos) << net->notes[0].text;
  EXPECT_EQ(net->notes[1].line, 8);
}

TEST(Prototxt, WhatIsNoNetworkIsRefusedWithItsLine) {
  const std::string relu = "layer { name: 'a' type: 'ReLU' bottom: 'data' top: 'a' }\n";
  ExpectRefusal("", StatusCode::kCorruption, "net: no layers");
  ExpectRefusal("\n\n{", StatusCode::kCorruption, "net:3: ");
  ExpectRefusal(std::string(kInput) + "layer {\n name: 'a\n", StatusCode::kCorruption, "net:3: ");
  ExpectRefusal(std::string(kInput) + "layer { pooling_param { pool: MOST } }",
                StatusCode::kCorruption, "MOST");
  ExpectRefusal(std::string(kInput) + "layers { type: NEW_THING }", StatusCode::kCorruption,
                "NEW_THING");
  ExpectRefusal(std::string(kInput) + relu + "layers { name: 'b' type: RELU }",
                StatusCode::kCorruption, "both");
  ExpectRefusal(std::string(kInput) + "\nlayers { layer { name: 'c' type: 'conv' } }",
                StatusCode::kUnsupported, "net:3: the form of 2013");
  ExpectRefusal(relu, StatusCode::kCorruption, "no input");
  ExpectRefusal("layer { name: 'd' type: 'Data' top: 'data' top: 'label' }\n" + relu,
                StatusCode::kUnsupported, "deploy.prototxt");
  ExpectRefusal("input: 'a' input: 'b' " + relu, StatusCode::kUnsupported, "2 inputs");
  ExpectRefusal("input: 'data' input_dim: 1 " + relu, StatusCode::kUnsupported, "1 dimensions");
  ExpectRefusal("input: 'data' input_shape { dim: [1, 3, -7, 7] } " + relu, StatusCode::kCorruption,
                "1 to 32767");
  ExpectRefusal(std::string(kMaxPrototxtBytes + 1, ' '), StatusCode::kInvalidArgument, "limit");
}

TEST(Prototxt, DepthAndNumberOfLayersAreBounded) {
  std::string deep = kInput;
  for (int i = 0; i < 100'000; ++i) deep += "a {";
  EXPECT_EQ(Refusal(deep).code(), StatusCode::kCorruption);
  std::string many = kInput;
  for (size_t i = 0; i <= kMaxCaffeLayers; ++i) many += "layer{}";
  EXPECT_EQ(Refusal(many).code(), StatusCode::kUnsupported);
}

}  // namespace
}  // namespace hashlens
