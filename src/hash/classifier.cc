#include "hash/classifier.h"

#include <algorithm>
#include <cassert>
#include <cmath>
#include <limits>

#include "hash/dots.h"

namespace hashlens {
namespace {

constexpr float kOtherSign = -1;

// h of a feature, times `scale`: what the activation is taken of.
std::vector<float> LatentOf(const HashHead& head, std::span<const float> feature, double scale) {
  std::vector<float> latent(static_cast<size_t>(head.bits));
  Dots(head.weights.data(), latent.size(), feature.data(), 1, feature.size(), latent.data());
  // The head's bias has its threshold in it.
  const double shift = SumFor(head.activation, head.threshold);
  for (size_t i = 0; i < latent.size(); ++i)
    latent[i] = static_cast<float>(scale * (latent[i] + head.bias[i]) + shift);
  return latent;
}

void ToUnitLength(std::vector<float>* values) {
  double squares = 0;
  for (const float value : *values) squares += double{value} * value;
  if (squares <= 0) return;
  for (float& value : *values) value = static_cast<float>(value / std::sqrt(squares));
}

std::vector<float> InputOf(const Classifier& classifier, const HashHead* head,
                           std::span<const float> feature, double length) {
  if (classifier.input == ClassifierInput::kFeature) {
    std::vector<float> input(feature.begin(), feature.end());
    if (classifier.length > 0) {
      for (float& value : input) value = static_cast<float>(value * length);
    }
    return input;
  }
  // Heads of networks from Caffe were learned on the network's output as it came.
  const double scale = head->method == kCaffeMethod && length > 0 ? length : 1;
  if (classifier.input == ClassifierInput::kActivations) {
    std::vector<float> input(static_cast<size_t>(head->bits));
    ApplyLatent(*head, feature, scale, input);
    return input;
  }
  std::vector<float> input = LatentOf(*head, feature, scale);
  if (classifier.input == ClassifierInput::kLatentDirection) ToUnitLength(&input);
  if (classifier.input == ClassifierInput::kSigns) {
    for (float& value : input) value = value >= 0 ? 1 : kOtherSign;
  }
  return input;
}

void Softmax(std::vector<double>* scores) {
  const double highest = *std::ranges::max_element(*scores);
  double sum = 0;
  for (double& score : *scores) {
    score = std::exp(score - highest);
    sum += score;
  }
  for (double& score : *scores) score /= sum;
}

}  // namespace

std::vector<double> ClassProbabilities(const Classifier& classifier, const HashHead* head,
                                       std::span<const float> feature, double length) {
  assert((classifier.input == ClassifierInput::kFeature) == (head == nullptr));
  const double taken = length > 0 ? length : classifier.length;
  const std::vector<float> input = InputOf(classifier, head, feature, taken);
  assert(input.size() == static_cast<size_t>(classifier.columns));
  std::vector<float> sums(static_cast<size_t>(classifier.classes));
  Dots(classifier.weights.data(), sums.size(), input.data(), 1, input.size(), sums.data());
  std::vector<double> scores(sums.begin(), sums.end());
  // Finite rows may still have sums that are not.
  constexpr double kMost = std::numeric_limits<float>::max();
  for (size_t c = 0; c < scores.size(); ++c) {
    scores[c] += classifier.bias[c];
    scores[c] = std::isnan(scores[c]) ? -kMost : std::clamp(scores[c], -kMost, kMost);
  }
  if (classifier.scores == ScoreKind::kSoftmax) {
    Softmax(&scores);
  } else {
    for (double& score : scores) score = 1 / (1 + std::exp(-score));
  }
  return scores;
}

}  // namespace hashlens
