#include "hash/classifier.h"

#include <gtest/gtest.h>

#include <cmath>
#include <limits>

#include "base/crc32c.h"
#include "base/text.h"

namespace hashlens {
namespace {

// The example of docs/FORMAT.md: 3 classes of features of 2 numbers.
Classifier TinyClassifier() {
  Classifier classifier;
  classifier.classes = 3;
  classifier.columns = 2;
  classifier.length = 2;
  classifier.weights = {1, 0, 0, 1, -1, -1};
  classifier.bias = {0, 0.5F, 0};
  return classifier;
}

// 8 bits of features of 2 numbers: h = f_0 for even bits, f_1 for odd ones.
HashHead EightBits(const std::string& method) {
  HashHead head;
  head.method = method;
  head.bits = 8;
  head.dim = 2;
  head.mean = {0, 0};
  for (int i = 0; i < 8; ++i) {
    head.weights.push_back(i % 2 == 0 ? 1.0F : 0.0F);
    head.weights.push_back(i % 2 == 0 ? 0.0F : 1.0F);
  }
  head.bias.resize(8);
  return head;
}

// Two classes: the first reads bit 0 and the second bit 1.
Classifier OfLatents(ClassifierInput input) {
  Classifier classifier;
  classifier.input = input;
  classifier.bits = classifier.columns = 8;
  classifier.classes = 2;
  classifier.weights.resize(16);
  classifier.weights[0] = classifier.weights[9] = 1;
  classifier.bias = {0, 0};
  return classifier;
}

// Of two classes with softmax: the difference of their scores.
double Difference(const std::vector<double>& probabilities) {
  return std::log(probabilities[0] / probabilities[1]);
}

double SigmoidOf(double x) { return 1 / (1 + std::exp(-x)); }

std::string SealedAgain(std::string file) {
  file.resize(file.size() - 4);
  PutLittleEndian(&file, Crc32c(AsBytes(file)));
  return file;
}

TEST(Classifier, SoftmaxOfTheFeatureAtItsOwnOrTheTypicalLength) {
  const std::vector<float> feature = {0.6F, 0.8F};
  for (const double length : {2.0, 5.0}) {
    // Scores by hand: rows . (length * f) + bias.
    const double scores[] = {0.6 * length, 0.8 * length + 0.5, -1.4 * length};
    const double sum = std::exp(scores[0]) + std::exp(scores[1]) + std::exp(scores[2]);
    const auto known = ClassProbabilities(TinyClassifier(), nullptr, feature, length);
    ASSERT_EQ(known.size(), 3u);
    for (size_t c = 0; c < 3; ++c) EXPECT_NEAR(known[c], std::exp(scores[c]) / sum, 1e-6);
    if (length == 2.0) {
      EXPECT_EQ(ClassProbabilities(TinyClassifier(), nullptr, feature, 0), known);
    }
  }
}

TEST(Classifier, OfTheUnitLengthFeatureTheLengthDoesNotCount) {
  Classifier classifier = TinyClassifier();
  classifier.length = 0;
  const std::vector<float> feature = {0.6F, 0.8F};
  EXPECT_EQ(ClassProbabilities(classifier, nullptr, feature, 7),
            ClassProbabilities(classifier, nullptr, feature, 0));
}

TEST(Classifier, SigmoidTakesEachClassAlone) {
  Classifier classifier = TinyClassifier();
  classifier.scores = ScoreKind::kSigmoid;
  const auto probabilities =
      ClassProbabilities(classifier, nullptr, std::vector<float>{0.6F, 0.8F}, 0);
  EXPECT_NEAR(probabilities[0], SigmoidOf(1.2), 1e-6);
  EXPECT_NEAR(probabilities[1], SigmoidOf(2.1), 1e-6);
  EXPECT_NEAR(probabilities[2], SigmoidOf(-2.8), 1e-6);
}

TEST(Classifier, ScoresOfAnySizeGiveProbabilities) {
  Classifier classifier = TinyClassifier();
  classifier.bias = {3e38F, -3e38F, 0};
  const auto probabilities =
      ClassProbabilities(classifier, nullptr, std::vector<float>{0.6F, 0.8F}, 0);
  EXPECT_EQ(probabilities, (std::vector<double>{1, 0, 0}));
  // Sums that leave the range of float, in either direction and in both.
  for (float& weight : classifier.weights) weight = 3e38F;
  classifier.weights[1] = -3e38F;
  classifier.length = 4;
  double sum = 0;
  for (const double one :
       ClassProbabilities(classifier, nullptr, std::vector<float>{0.6F, 0.8F}, 4)) {
    EXPECT_TRUE(one >= 0 && one <= 1) << one;
    sum += one;
  }
  EXPECT_NEAR(sum, 1, 1e-9);
}

TEST(Classifier, ReadsWhatTheLatentLayerMakes) {
  const std::vector<float> feature = {0.6F, -0.8F};
  const HashHead head = EightBits("latent");
  const auto difference = [&](ClassifierInput input) {
    return Difference(ClassProbabilities(OfLatents(input), &head, feature, 3));
  };
  EXPECT_NEAR(difference(ClassifierInput::kActivations), SigmoidOf(0.6) - SigmoidOf(-0.8), 1e-6);
  EXPECT_NEAR(difference(ClassifierInput::kSigns), 2, 1e-6);
  EXPECT_NEAR(difference(ClassifierInput::kLatent), 1.4, 1e-6);
  EXPECT_NEAR(difference(ClassifierInput::kLatentDirection), 1.4 / 2, 1e-6);  // |h| is 2
}

TEST(Classifier, OfNetworksFromCaffeTheLatentLayerReadsTheOutputAsItCame) {
  const std::vector<float> feature = {0.6F, -0.8F};
  const HashHead head = EightBits(std::string(kCaffeMethod));
  Classifier classifier = OfLatents(ClassifierInput::kActivations);
  classifier.length = 4;
  EXPECT_NEAR(Difference(ClassProbabilities(classifier, &head, feature, 3)),
              SigmoidOf(1.8) - SigmoidOf(-2.4), 1e-6);
  EXPECT_NEAR(Difference(ClassProbabilities(classifier, &head, feature, 0)),
              SigmoidOf(2.4) - SigmoidOf(-3.2), 1e-6);
}

TEST(ClassifierFile, EveryFieldSurvives) {
  Classifier classifier = OfLatents(ClassifierInput::kSigns);
  classifier.scores = ScoreKind::kSigmoid;
  for (const Classifier& one : {TinyClassifier(), classifier}) {
    const auto parsed = ParseClassifier(AsBytes(SerializeClassifier(one)));
    ASSERT_TRUE(parsed.ok()) << parsed.status().message();
    EXPECT_EQ(parsed->input, one.input);
    EXPECT_EQ(parsed->scores, one.scores);
    EXPECT_EQ(parsed->bits, one.bits);
    EXPECT_EQ(parsed->classes, one.classes);
    EXPECT_EQ(parsed->columns, one.columns);
    EXPECT_EQ(parsed->length, one.length);
    EXPECT_EQ(parsed->weights, one.weights);
    EXPECT_EQ(parsed->bias, one.bias);
  }
}

TEST(ClassifierFile, BytesAreThoseOfTheSpecification) {
  EXPECT_EQ(ToHex(AsBytes(SerializeClassifier(TinyClassifier()))),
            "484c434c41530d0a01000000010000000100000000000000"
            "0300000002000000000000400000803f0000000000000000"
            "0000803f000080bf000080bf000000000000003f00000000"
            "3b9f100d");
}

TEST(ClassifierFile, EveryTruncationAndEveryChangedByteIsCorruption) {
  const std::string file = SerializeClassifier(TinyClassifier());
  for (size_t size = 0; size < file.size(); ++size) {
    EXPECT_EQ(ParseClassifier(AsBytes(file).first(size)).status().code(), StatusCode::kCorruption)
        << size;
    if (size < 4) continue;
    const std::string resealed = SealedAgain(file.substr(0, size));
    EXPECT_FALSE(ParseClassifier(AsBytes(resealed)).ok()) << size;
  }
  for (size_t i = 0; i < file.size(); ++i) {
    std::string changed = file;
    changed[i] = static_cast<char>(changed[i] ^ 4);
    EXPECT_FALSE(ParseClassifier(AsBytes(changed)).ok()) << i;
  }
}

TEST(ClassifierFile, FieldsOutOfTheirLimitsAreCorruption) {
  const std::string file = SerializeClassifier(TinyClassifier());
  const auto with = [&](size_t offset, uint32_t value) {
    std::string field;
    PutLittleEndian(&field, value);
    std::string changed = file;
    changed.replace(offset, field.size(), field);
    return ParseClassifier(AsBytes(SealedAgain(changed))).status();
  };
  const uint32_t nan = 0x7fc00000;
  for (const auto& [offset, value] :
       std::vector<std::pair<size_t, uint32_t>>{{12, 0},
                                                {12, 6},  // input
                                                {16, 0},  // scores
                                                {16, 3},
                                                {20, 8},  // bits of a feature's classifier
                                                {24, 0},  // classes
                                                {24, 1 << 17},
                                                {28, 0},  // columns
                                                {28, 0xffffffff},
                                                {32, nan},  // length
                                                {32, 0xbf800000},
                                                {36, nan},     // a weight
                                                {60, nan}}) {  // a bias
    EXPECT_EQ(with(offset, value).code(), StatusCode::kCorruption) << offset << " " << value;
  }
  EXPECT_EQ(with(8, 2).code(), StatusCode::kUnsupported);
}

}  // namespace
}  // namespace hashlens
