#include "train/latent_layer.h"

#include <algorithm>
#include <bitset>
#include <cmath>

#include "base/random.h"

namespace hashlens {
namespace {

namespace F = torch::nn::functional;

constexpr double kPush = 0.1;           // of SSDH's push to 0 and 1, and of its balance
constexpr double kGreedyPenalty = 0.1;  // Su et al. 2018, eq. 11
constexpr double kQuantisation = 1e-4;  // Yuan et al. 2020, eq. 8
constexpr double kMargin = 0.2;         // Hoe et al. 2021
constexpr double kNormEpsilon = 1e-5;
constexpr int kCandidates = 4096;

using Bits = std::bitset<kMaxBits>;

Bits RandomBits(int bits, Random* random) {
  Bits code;
  for (int i = 0; i < bits; ++i) code[static_cast<size_t>(i)] = random->Uniform() < 0.5;
  return code;
}

// Of cosines, before their softmax.
double CosineScale(int bits) { return std::max(std::sqrt(static_cast<double>(bits)), 8.0); }

// sign(h) whose gradient is that of h.
torch::Tensor SignStraightThrough(const torch::Tensor& h) {
  return h + (torch::where(h >= 0, torch::ones_like(h), -torch::ones_like(h)) - h).detach();
}

// Cross-entropy to targets that sum to 1 in each row.
torch::Tensor SoftCrossEntropy(const torch::Tensor& scores, const torch::Tensor& targets) {
  return -(targets * torch::log_softmax(scores, 1)).sum(1).mean();
}

}  // namespace

Result<LossKind> ParseLoss(std::string_view name) {
  if (name == "lin2015") return LossKind::kLin2015;
  if (name == "ssdh") return LossKind::kSsdh;
  if (name == "greedyhash") return LossKind::kGreedyHash;
  if (name == "orthohash") return LossKind::kOrthoHash;
  if (name == "csq") return LossKind::kCsq;
  return InvalidArgument("no loss \"" + std::string(name) +
                         "\"; there are lin2015, ssdh, greedyhash, orthohash, csq");
}

torch::Tensor ClassCodes(int classes, int bits, uint64_t seed) {
  Random random(seed);
  std::vector<Bits> candidates;
  for (int i = 0; i < kCandidates; ++i) candidates.push_back(RandomBits(bits, &random));
  std::vector<size_t> nearest(candidates.size(), static_cast<size_t>(bits) + 1);
  torch::Tensor codes = torch::empty({classes, bits});
  size_t best = 0;
  for (int c = 0; c < classes; ++c) {
    const Bits chosen = candidates[best];
    for (int i = 0; i < bits; ++i) codes[c][i] = chosen[static_cast<size_t>(i)] ? 1.0f : -1.0f;
    for (size_t i = 0; i < candidates.size(); ++i)
      nearest[i] = std::min(nearest[i], (candidates[i] ^ chosen).count());
    best = static_cast<size_t>(std::max_element(nearest.begin(), nearest.end()) - nearest.begin());
  }
  return codes;
}

LatentLayer::LatentLayer(const LatentOptions& options) : options_(options) {
  latent_ = register_module(
      "latent",
      torch::nn::Linear(torch::nn::LinearOptions(options.dim, options.bits).bias(!options.norm)));
  if (options.norm) {
    norm_ = register_module(
        "norm",
        torch::nn::BatchNorm1d(torch::nn::BatchNorm1dOptions(options.bits).eps(kNormEpsilon)));
  }
  if (options.loss == LossKind::kOrthoHash || options.loss == LossKind::kCsq) {
    class_codes_ =
        register_buffer("class_codes", ClassCodes(options.classes, options.bits, options.seed));
  } else {
    classifier_ = register_module("classifier", torch::nn::Linear(options.bits, options.classes));
  }
}

torch::Tensor LatentLayer::Forward(const torch::Tensor& features) {
  // Values around 1 whatever the dimension, as the initial weights expect.
  const double scale = std::sqrt(static_cast<double>(options_.dim));
  const torch::Tensor h = latent_(F::normalize(features, F::NormalizeFuncOptions().dim(1)) * scale);
  return options_.norm ? norm_(h) : h;
}

torch::Tensor LatentLayer::Activation(const torch::Tensor& h) const {
  if (options_.loss == LossKind::kGreedyHash) return SignStraightThrough(h);
  return options_.activation == hashlens::Activation::kTanh ? torch::tanh(h) : torch::sigmoid(h);
}

torch::Tensor LatentLayer::Scores(const torch::Tensor& h) {
  if (options_.loss == LossKind::kOrthoHash || options_.loss == LossKind::kCsq) {
    return torch::matmul(F::normalize(h, F::NormalizeFuncOptions().dim(1)), class_codes_.t()) /
           std::sqrt(static_cast<double>(options_.bits));
  }
  return classifier_(Activation(h));
}

torch::Tensor LatentLayer::Loss(const torch::Tensor& h, const torch::Tensor& targets) {
  const double spread = options_.label_smoothing;
  const torch::Tensor shares = targets / targets.sum(1, /*keepdim=*/true).clamp_min(1);
  if (options_.loss == LossKind::kCsq) {
    // Of several classes the centre is the majority of their codes; a draw says nothing.
    const torch::Tensor votes = torch::matmul(targets, class_codes_);
    const torch::Tensor wanted = (votes.sign() + 1) / 2;
    const torch::Tensor each = F::binary_cross_entropy_with_logits(
        h, wanted,
        F::BinaryCrossEntropyWithLogitsFuncOptions().weight((votes != 0).to(torch::kFloat)));
    return each + kQuantisation * (h.abs() - 1).square().mean();
  }
  if (options_.loss == LossKind::kOrthoHash) {
    return SoftCrossEntropy(CosineScale(options_.bits) * (Scores(h) - kMargin * shares), shares);
  }
  const torch::Tensor activation = Activation(h);
  const torch::Tensor scores = classifier_(activation);
  torch::Tensor loss;
  if (options_.multi_label) {
    const torch::Tensor smooth = targets * (1 - spread) + spread / 2;
    loss = F::binary_cross_entropy_with_logits(scores, smooth);
  } else {
    loss = SoftCrossEntropy(scores, shares * (1 - spread) + spread / options_.classes);
  }
  if (options_.loss == LossKind::kSsdh) {
    const torch::Tensor push = (activation - 0.5).square().mean();
    const torch::Tensor balance = (activation.mean(1) - 0.5).square().mean();
    loss = loss - kPush * push + kPush * balance;
  }
  if (options_.loss == LossKind::kGreedyHash)
    loss = loss + kGreedyPenalty * (h.abs() - 1).abs().pow(3).mean();
  return loss;
}

Classifier LatentLayer::ClassRows() const {
  const torch::NoGradGuard no_grad;
  Classifier classifier;
  classifier.bits = classifier.columns = options_.bits;
  classifier.classes = options_.classes;
  torch::Tensor rows;
  torch::Tensor bias = torch::zeros({options_.classes});
  const double bits = options_.bits;
  switch (options_.loss) {
    case LossKind::kOrthoHash:
      classifier.input = ClassifierInput::kLatentDirection;
      rows = class_codes_ * (CosineScale(options_.bits) / std::sqrt(bits));
      break;
    case LossKind::kCsq:
      classifier.input = ClassifierInput::kLatent;
      rows = class_codes_ / 2;
      break;
    default:
      classifier.input = options_.loss == LossKind::kGreedyHash ? ClassifierInput::kSigns
                                                                : ClassifierInput::kActivations;
      classifier.scores = options_.multi_label ? ScoreKind::kSigmoid : ScoreKind::kSoftmax;
      rows = classifier_->weight;
      bias = classifier_->bias;
  }
  const auto values = [](const torch::Tensor& tensor) {
    const torch::Tensor plain = tensor.detach().to(torch::kCPU, torch::kFloat).contiguous();
    return std::vector<float>(plain.data_ptr<float>(), plain.data_ptr<float>() + plain.numel());
  };
  classifier.weights = values(rows);
  classifier.bias = values(bias);
  return classifier;
}

HashHead LatentLayer::Head(std::span<const float> mean, std::string_view method) const {
  const torch::NoGradGuard no_grad;
  const auto plain = [](const torch::Tensor& tensor) {
    return tensor.detach().to(torch::kCPU, torch::kDouble).contiguous();
  };
  torch::Tensor weights = plain(latent_->weight) * std::sqrt(static_cast<double>(options_.dim));
  torch::Tensor bias;
  if (options_.norm) {
    const torch::Tensor factor =
        plain(norm_->weight) / (plain(norm_->running_var) + kNormEpsilon).sqrt();
    weights = weights * factor.unsqueeze(1);
    bias = plain(norm_->bias) - plain(norm_->running_mean) * factor;
  } else {
    bias = plain(latent_->bias);
  }
  // A head's bit is w . f + b >= 0, whatever the threshold.
  bias = (bias - SumFor(options_.activation, options_.threshold)).contiguous();
  weights = weights.contiguous();
  HashHead head;
  head.method = method;
  head.bits = options_.bits;
  head.dim = options_.dim;
  head.seed = options_.seed;
  head.activation = options_.activation;
  head.threshold = static_cast<float>(options_.threshold);
  head.mean.assign(mean.begin(), mean.end());
  const auto* w = weights.data_ptr<double>();
  const auto* b = bias.data_ptr<double>();
  for (int64_t i = 0; i < weights.numel(); ++i) head.weights.push_back(static_cast<float>(w[i]));
  for (int64_t i = 0; i < bias.numel(); ++i) head.bias.push_back(static_cast<float>(b[i]));
  return head;
}

}  // namespace hashlens
