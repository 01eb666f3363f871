// The classifier of a Caffe network, as import takes it.
#include <cmath>
#include <limits>

#include "model/caffe/test_run.h"

namespace hashlens {
namespace {

std::vector<std::vector<uint8_t>> SomePictures() {
  std::vector<std::vector<uint8_t>> pictures;
  for (uint32_t seed = 0; seed < 4; ++seed) pictures.push_back(NoisePixels(24, seed));
  return pictures;
}

// What the network's own layers make of the pictures.
std::vector<std::vector<float>> OutputOf(const TestNet& net, const std::string& blob) {
  CaffeFiles files(net);
  files.source.feature = blob;
  const auto network = files.Import();
  EXPECT_TRUE(network.ok()) << network.status().message();
  return files.Features(*network, SomePictures());
}

// rows . x + bias of each class.
std::vector<double> Scores(const CaffeClassifier& classifier, const std::vector<float>& x) {
  EXPECT_EQ(x.size(), static_cast<size_t>(classifier.columns));
  std::vector<double> scores(classifier.bias.begin(), classifier.bias.end());
  for (size_t c = 0; c < scores.size(); ++c) {
    for (size_t i = 0; i < x.size(); ++i)
      scores[c] += double{classifier.weights[c * x.size() + i]} * x[i];
  }
  return scores;
}

std::vector<double> Probabilities(const CaffeClassifier& classifier, const std::vector<float>& x) {
  std::vector<double> scores = Scores(classifier, x);
  double sum = 0;
  for (double& score : scores) sum += score = std::exp(score);
  for (double& score : scores) score /= sum;
  return scores;
}

std::vector<float> ActivationsOf(const CaffeHash& hash, const std::vector<float>& feature) {
  std::vector<float> activations;
  for (size_t bit = 0; bit < static_cast<size_t>(hash.bits); ++bit) {
    double sum = 0;
    for (size_t i = 0; i < feature.size(); ++i)
      sum += double{hash.weights[bit * feature.size() + i]} * feature[i];
    activations.push_back(static_cast<float>(1 / (1 + std::exp(-sum))));
  }
  return activations;
}

// As the network of Lin et al. 2015 has it: behind the sigmoid of the code, whose layer has a bias.
TEST(CaffeClassifier, BehindTheCodeGivesTheNetworksOwnProbabilities) {
  CaffeFiles files(SmallNet(16));
  files.source.hash = "code";
  for (const char* name : {"prob", "classes"}) {
    files.source.classifier = name;
    const auto network = files.Import();
    ASSERT_TRUE(network.ok()) << network.status().message();
    ASSERT_TRUE(network->classifier);
    const CaffeClassifier& classifier = *network->classifier;
    EXPECT_EQ(classifier.reads, CaffeClassifierReads::kActivations);
    EXPECT_FALSE(classifier.sigmoid);
    EXPECT_EQ(classifier.classes, 10);
    EXPECT_EQ(classifier.columns, 16);
    EXPECT_GT(classifier.length, 0);
    const auto features = files.Features(*network, SomePictures());
    const auto wanted = OutputOf(SmallNet(16), "prob");
    for (size_t i = 0; i < features.size(); ++i) {
      const auto given = Probabilities(classifier, ActivationsOf(network->hash, features[i]));
      for (size_t c = 0; c < 10; ++c) EXPECT_NEAR(given[c], wanted[i][c], 1e-4);
    }
  }
}

// Beside a code with a bias, whose constant the classifier does not read.
TEST(CaffeClassifier, OfTheFeatureReadsNoConstant) {
  TestNet net = SmallNet(16);
  net.layers.push_back(Inner("tags", "fc", 40, 7));
  net.layers.push_back(Plain("tag_prob", "Sigmoid", "tags"));
  CaffeFiles files(net);
  files.source.hash = "code";
  files.source.classifier = "tag_prob";
  const auto network = files.Import();
  ASSERT_TRUE(network.ok()) << network.status().message();
  const CaffeClassifier& classifier = *network->classifier;
  EXPECT_EQ(classifier.reads, CaffeClassifierReads::kFeature);
  EXPECT_TRUE(classifier.sigmoid);
  EXPECT_EQ(classifier.columns, 41);
  EXPECT_EQ(network->dim, 41);
  const auto features = files.Features(*network, SomePictures());
  const auto wanted = OutputOf(net, "tags");
  double length = 0;
  for (size_t i = 0; i < features.size(); ++i) {
    const auto given = Scores(classifier, features[i]);
    for (size_t c = 0; c < 7; ++c) EXPECT_NEAR(given[c], wanted[i][c], 1e-3);
    double squares = 0;
    for (const float value : features[i]) squares += double{value} * value;
    length += std::sqrt(squares) / static_cast<double>(features.size());
  }
  // Of other pictures, so that it is only about the same.
  EXPECT_GT(classifier.length, length / 2);
  EXPECT_LT(classifier.length, length * 2);
}

TEST(CaffeClassifier, OfTheCodeItselfAndWithoutABias) {
  TestNet net = SmallNet(16);
  net.layers.push_back(Inner("direct", "code", 16, 3));
  net.layers.back().fields = "inner_product_param { num_output: 3 bias_term: false }";
  net.layers.back().shapes.pop_back();
  CaffeFiles files(net);
  files.source.hash = "code";
  files.source.classifier = "direct";
  const auto network = files.Import();
  ASSERT_TRUE(network.ok()) << network.status().message();
  EXPECT_EQ(network->classifier->reads, CaffeClassifierReads::kLatent);
  EXPECT_EQ(network->classifier->bias, std::vector<float>(3));
  EXPECT_EQ(network->classifier->weights.size(), 3u * 16);
}

TEST(CaffeClassifier, OfANetworkWithoutACode) {
  CaffeFiles files(SmallNet(16));
  files.source.feature = "code_sigmoid";
  files.source.classifier = "prob";
  const auto network = files.Import();
  ASSERT_TRUE(network.ok()) << network.status().message();
  EXPECT_EQ(network->classifier->reads, CaffeClassifierReads::kFeature);
  const auto features = files.Features(*network, SomePictures());
  const auto wanted = OutputOf(SmallNet(16), "prob");
  for (size_t i = 0; i < features.size(); ++i) {
    const auto given = Probabilities(*network->classifier, features[i]);
    for (size_t c = 0; c < 10; ++c) EXPECT_NEAR(given[c], wanted[i][c], 1e-4);
  }
}

TEST(CaffeClassifier, WhatIsNoneIsExplained) {
  CaffeFiles files(SmallNet(16));
  const auto expect = [&](const std::string& hash, const std::string& name,
                          const std::string& said) {
    files.source.hash = hash;
    files.source.feature = hash.empty() ? "fc" : "";
    files.source.classifier = name;
    const Status status = files.Import().status();
    EXPECT_EQ(status.code(), StatusCode::kInvalidArgument) << name;
    EXPECT_NE(status.message().find(said), std::string::npos) << status.message();
    EXPECT_EQ(status.message().find('\n'), std::string::npos);
    EXPECT_FALSE(std::filesystem::exists(files.path("network.xml")));
  };
  expect("code", "probs", "no blob or layer is called \"probs\"");
  expect("code", "pool1", "\"pool1\" is no classifier");
  expect("code", "data", "no blob or layer");
  expect("", "prob", "reads \"code_sigmoid\", but a classifier must read the feature, \"fc\"");
  expect("code", "fc", "\"fc\" is no classifier");  // its ReLU is in place
}

TEST(CaffeClassifier, WeightsThatAreNotFiniteOrDoNotFitAreRefused) {
  TestNet net = SmallNet(16);
  net.layers[11].low = net.layers[11].high = std::numeric_limits<float>::quiet_NaN();
  CaffeFiles files(net);
  files.source.hash = "code";
  EXPECT_TRUE(files.Import().ok());
  files.source.classifier = "prob";
  Status status = files.Import().status();
  EXPECT_EQ(status.code(), StatusCode::kCorruption);
  EXPECT_NE(status.message().find("not a finite number"), std::string::npos) << status.message();
  net = SmallNet(16);
  net.layers[11].shapes = {{10, 15}, {10}};
  CaffeFiles others(net);
  others.source.hash = "code";
  others.source.classifier = "prob";
  status = others.Import().status();
  EXPECT_EQ(status.code(), StatusCode::kCorruption);
  EXPECT_NE(status.message().find("layer \"classes\""), std::string::npos) << status.message();
}

}  // namespace
}  // namespace hashlens
