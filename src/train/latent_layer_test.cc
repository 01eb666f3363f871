#include "train/latent_layer.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <bit>
#include <cmath>

#include "hash/test_features.h"
#include "train/head_choice.h"
#include "train/head_trainer.h"

namespace hashlens {
namespace {

constexpr int kDim = 24;
constexpr int kClasses = 4;
constexpr LossKind kLosses[] = {LossKind::kLin2015, LossKind::kSsdh, LossKind::kGreedyHash,
                                LossKind::kOrthoHash, LossKind::kCsq};

LatentOptions Options(LossKind loss, int bits) {
  LatentOptions options;
  options.loss = loss;
  options.bits = bits;
  options.dim = kDim;
  options.classes = kClasses;
  return options;
}

std::vector<std::vector<int>> Labels(size_t rows) {
  std::vector<std::vector<int>> labels;
  for (size_t row = 0; row < rows; ++row) labels.push_back({static_cast<int>(row % kClasses)});
  return labels;
}

HeadTrainOptions HeadOptions(LossKind loss, const std::vector<int>& lengths) {
  HeadTrainOptions options;
  for (const int bits : lengths) options.latents.push_back(Options(loss, bits));
  options.epochs = 15;
  options.rate = 1e-2;
  return options;
}

// Whose probabilities are highest for the rows' own labels, of all of them.
double Accuracy(const Classifier& classifier, const HashHead& head,
                const std::vector<float>& features, const std::vector<std::vector<int>>& labels) {
  size_t right = 0;
  for (size_t row = 0; row < labels.size(); ++row) {
    const auto feature = std::span(features).subspan(row * kDim, kDim);
    const std::vector<double> all = ClassProbabilities(classifier, &head, feature, 0);
    const auto best = std::max_element(all.begin(), all.end()) - all.begin();
    right += best == labels[row].front() ? 1 : 0;
  }
  return static_cast<double>(right) / static_cast<double>(labels.size());
}

TEST(LatentLayer, EveryLossLearnsRowsThatTellTheClass) {
  const std::vector<float> features = ClusteredFeatures(400, kDim, kClasses, 0.5, 1);
  const std::vector<std::vector<int>> labels = Labels(400);
  for (const LossKind loss : kLosses) {
    SCOPED_TRACE(static_cast<int>(loss));
    std::vector<Classifier> classifiers;
    HeadTrainOptions options = HeadOptions(loss, {12, 20});
    options.epochs = 80;  // of one batch each: running means take a while
    const auto heads =
        TrainHeads(features, labels, MeanFeature(features, kDim), options, &classifiers);
    ASSERT_TRUE(heads.ok()) << heads.status().message();
    ASSERT_EQ(classifiers.size(), 2u);
    for (size_t i = 0; i < 2; ++i) {
      EXPECT_GT(Accuracy(classifiers[i], heads->at(i), features, labels), 0.9);
      EXPECT_TRUE(ParseClassifier(AsBytes(SerializeClassifier(classifiers[i]))).ok());
    }
  }
}

// What training saw is what a package says.
TEST(LatentLayer, ItsRowsGiveTheScoresOfTraining) {
  torch::manual_seed(3);
  const std::vector<float> features = ClusteredFeatures(8, kDim, kClasses, 0.5, 1);
  const torch::Tensor all = torch::tensor(features).reshape({8, kDim});
  const std::vector<float> mean(kDim);
  for (const LossKind loss : {LossKind::kLin2015, LossKind::kSsdh, LossKind::kGreedyHash}) {
    for (const bool multi_label : {false, true}) {
      LatentOptions options = Options(loss, 16);
      options.multi_label = multi_label;
      LatentLayer layer(options);
      layer.eval();
      const torch::NoGradGuard no_grad;
      const torch::Tensor scores = layer.Scores(layer.Forward(all));
      const torch::Tensor wanted = multi_label ? scores.sigmoid() : scores.softmax(1);
      const HashHead head = layer.Head(mean, "latent");
      for (int64_t row = 0; row < 8; ++row) {
        const auto feature = std::span(features).subspan(static_cast<size_t>(row) * kDim, kDim);
        const auto given = ClassProbabilities(layer.ClassRows(), &head, feature, 0);
        for (int64_t c = 0; c < kClasses; ++c)
          EXPECT_NEAR(given[static_cast<size_t>(c)], wanted[row][c].item<double>(), 1e-5);
      }
    }
  }
}

TEST(LatentLayer, EveryLossLearnsCodesThatFindTheClass) {
  const std::vector<float> features = ClusteredFeatures(400, kDim, kClasses, 0.5, 1);
  const std::vector<std::vector<int>> labels = Labels(400);
  const std::vector<float> mean = MeanFeature(features, kDim);
  for (const LossKind loss : kLosses) {
    SCOPED_TRACE(static_cast<int>(loss));
    const auto heads = TrainHeads(features, labels, mean, HeadOptions(loss, {12, 20}));
    ASSERT_TRUE(heads.ok()) << heads.status().message();
    ASSERT_EQ(heads->size(), 2u);
    for (const HashHead& head : *heads) {
      const LabelledCodes all{features, &labels};
      EXPECT_GT(HeldOutMap(head, all, all, 1), 0.95) << head.bits;
      EXPECT_EQ(head.mean, mean);
    }
    EXPECT_EQ(heads->at(0).bits, 12);
    EXPECT_EQ(heads->at(1).bits, 20);
  }
}

TEST(LatentLayer, TheSameSeedLearnsTheSame) {
  const std::vector<float> features = ClusteredFeatures(64, kDim, kClasses, 0.5, 1);
  const std::vector<float> mean = MeanFeature(features, kDim);
  const auto learn = [&](uint64_t seed) {
    HeadTrainOptions options = HeadOptions(LossKind::kLin2015, {16});
    options.seed = seed;
    return SerializeHead(TrainHeads(features, Labels(64), mean, options)->front());
  };
  EXPECT_EQ(learn(1), learn(1));
  EXPECT_NE(learn(1), learn(2));
}

TEST(LatentLayer, SeveralLabelsALossWithAGradient) {
  for (const LossKind loss : kLosses) {
    SCOPED_TRACE(static_cast<int>(loss));
    LatentOptions options = Options(loss, 12);
    options.multi_label = true;
    LatentLayer layer(options);
    const torch::Tensor features = torch::rand({6, kDim});
    torch::Tensor targets = torch::zeros({6, kClasses});
    targets[0][1] = targets[0][2] = targets[1][3] = 1;  // the other rows have no label
    const torch::Tensor value = layer.Loss(layer.Forward(features), targets);
    EXPECT_TRUE(std::isfinite(value.item<double>()));
    value.backward();
    double gradient = 0;
    for (const torch::Tensor& parameter : layer.parameters()) {
      if (parameter.grad().defined()) gradient += parameter.grad().abs().sum().item<double>();
    }
    EXPECT_TRUE(std::isfinite(gradient));
    EXPECT_GT(gradient, 0);
  }
}

TEST(LatentLayer, TheHeadGivesTheLayersBits) {
  const std::vector<float> features = ClusteredFeatures(200, kDim, kClasses, 0.5, 2);
  LatentLayer layer(Options(LossKind::kLin2015, 20));
  const torch::Tensor rows = torch::tensor(features).view({200, kDim});
  layer.train();
  for (int i = 0; i < 30; ++i) layer.Forward(rows);  // moves the running statistics
  layer.eval();
  const torch::NoGradGuard no_grad;
  const torch::Tensor h = layer.Forward(rows);
  const HashHead head = layer.Head(MeanFeature(features, kDim), "latent");
  std::vector<uint8_t> codes(200 * CodeBytes(20));
  ApplyHead(head, features, codes);
  size_t different = 0;
  size_t ones = 0;
  for (int64_t row = 0; row < 200; ++row) {
    for (int64_t bit = 0; bit < 20; ++bit) {
      const uint8_t byte = codes[static_cast<size_t>(row * 3 + bit / 8)];
      const bool set = (byte >> (bit % 8) & 1) != 0;
      ones += set ? 1 : 0;
      different += set != (h[row][bit].item<float>() >= 0) ? 1 : 0;
    }
  }
  EXPECT_LE(different, 4u);  // values next to 0 may round either way
  EXPECT_GT(ones, 1000u);
  EXPECT_LT(ones, 3000u);
}

TEST(LatentLayer, ClassCodesAreFarApart) {
  const torch::Tensor codes = ClassCodes(10, 48, 1);
  EXPECT_TRUE(codes.abs().eq(1).all().item<bool>());
  const torch::Tensor distances = (48 - torch::matmul(codes, codes.t())) / 2;
  for (int64_t a = 0; a < 10; ++a) {
    for (int64_t b = 0; b < a; ++b) EXPECT_GE(distances[a][b].item<float>(), 17) << a << ' ' << b;
  }
}

TEST(LatentLayer, LossNamesAreChecked) {
  for (const char* name : {"lin2015", "ssdh", "greedyhash", "orthohash", "csq"})
    EXPECT_TRUE(ParseLoss(name).ok()) << name;
  EXPECT_NE(ParseLoss("hinge").status().message().find("greedyhash"), std::string::npos);
}

TEST(LatentLayer, OneRowAndAStopAreErrors) {
  const std::vector<float> features = ClusteredFeatures(8, kDim, kClasses, 0.5, 1);
  const std::vector<float> mean(kDim);
  const HeadTrainOptions options = HeadOptions(LossKind::kLin2015, {16});
  EXPECT_EQ(TrainHeads(std::span(features).first(kDim), Labels(1), mean, options).status().code(),
            StatusCode::kInvalidArgument);
  HeadTrainOptions stopped = options;
  std::stop_source source;
  source.request_stop();
  stopped.stop = source.get_token();
  EXPECT_EQ(TrainHeads(features, Labels(8), mean, stopped).status().code(), StatusCode::kCancelled);
}

// The head's bits and activations are those of the layer, whatever its form.
TEST(LatentLayer, AHeadKeepsActivationAndThreshold) {
  const std::vector<float> features = ClusteredFeatures(50, kDim, kClasses, 0.5, 1);
  const torch::Tensor rows = torch::tensor(features).view({50, kDim});
  for (const bool norm : {true, false}) {
    for (const auto& [activation, threshold] : {std::pair{Activation::kSigmoid, 0.5},
                                                {Activation::kSigmoid, 0.6},
                                                {Activation::kTanh, 0.0},
                                                {Activation::kTanh, -0.2}}) {
      torch::manual_seed(3);
      LatentOptions options = Options(LossKind::kLin2015, 16);
      options.norm = norm;
      options.activation = activation;
      options.threshold = threshold;
      LatentLayer layer(options);
      layer.eval();
      const HashHead head = layer.Head(std::vector<float>(kDim), "latent");
      EXPECT_EQ(head.activation, activation);
      const torch::NoGradGuard no_grad;
      const torch::Tensor h = layer.Forward(rows);
      const torch::Tensor units =
          activation == Activation::kTanh ? torch::tanh(h) : torch::sigmoid(h);
      for (int64_t row = 0; row < 50; ++row) {
        const auto feature = std::span(features).subspan(static_cast<size_t>(row) * kDim, kDim);
        std::vector<float> activations(16);
        ApplyLatent(head, feature, 1, activations);
        std::vector<uint8_t> code(CodeBytes(16));
        ApplyHead(head, feature, code);
        for (int64_t bit = 0; bit < 16; ++bit) {
          const auto unit = units[row][bit].item<float>();
          const auto at = static_cast<size_t>(bit);
          EXPECT_NEAR(activations[at], unit, 1e-4);
          if (std::abs(unit - threshold) <= 1e-4) continue;
          EXPECT_EQ((code[at / 8] >> (at % 8) & 1) == 1, unit >= threshold);
        }
      }
    }
  }
}

}  // namespace
}  // namespace hashlens
