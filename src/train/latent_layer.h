// The paper's latent layer: K units between feature and classifier, whose signs are the code (Lin
// et al. 2015, section 3.2), with the losses that have been tried for it since.
#ifndef HASHLENS_TRAIN_LATENT_LAYER_H_
#define HASHLENS_TRAIN_LATENT_LAYER_H_

#include <torch/torch.h>

#include <cstdint>
#include <span>
#include <string_view>
#include <vector>

#include "hash/activation.h"
#include "hash/classifier.h"
#include "hash/hash_head.h"
#include "hashlens/status.h"

namespace hashlens {

enum class LossKind {
  kLin2015,     // cross-entropy of a classifier on sigmoid(h)
  kSsdh,        // Yang et al. 2017: and push sigmoid(h) to 0 and 1, and half of the bits to each
  kGreedyHash,  // Su et al. 2018: classifier on sign(h), gradient passed through; |h| near 1
  kOrthoHash,   // Hoe et al. 2021: cosine of h to a fixed code of the class, with a margin
  kCsq,         // Yuan et al. 2020: binary cross-entropy of each bit to the code of the class
};
// "lin2015", "ssdh", "greedyhash", "orthohash", "csq"; kInvalidArgument lists them.
Result<LossKind> ParseLoss(std::string_view name);

struct LatentOptions {
  LossKind loss = LossKind::kLin2015;
  int bits = 48;
  int dim = 1280;  // of the feature
  int classes = 10;
  bool multi_label = false;
  double label_smoothing = 0.1;  // share of the target spread over all classes
  uint64_t seed = 1;             // of the codes of classes
  bool norm = true;              // a batch norm on the sums; without it they have biases
  Activation activation = Activation::kSigmoid;  // kTanh: of kLin2015 only
  double threshold = 0.5;                        // a bit is 1 where the activation is this or more
};

// +1 and -1, classes x bits, far apart from each other: of many random codes the one farthest from
// all chosen before, class by class.
torch::Tensor ClassCodes(int classes, int bits, uint64_t seed);

// Features come at unit length (any other length gives the same result). One thread.
class LatentLayer : public torch::nn::Module {
 public:
  explicit LatentLayer(const LatentOptions& options);

  // features [N,dim] -> h [N,bits]; bit i is activation(h_i) >= threshold.
  torch::Tensor Forward(const torch::Tensor& features);
  // h, targets [N,classes] of 0 and 1 -> the mean loss, a single value.
  torch::Tensor Loss(const torch::Tensor& h, const torch::Tensor& targets);
  // [N,classes]: the higher, the likelier.
  torch::Tensor Scores(const torch::Tensor& h);

  // The layer as it stands as a hash head for features of unit length. mean: dim values, for
  // re-rank.
  HashHead Head(std::span<const float> mean, std::string_view method) const;
  // What tells classes behind the head that Head gives. Of losses with codes of classes: how near h
  // is to each (kOrthoHash: by cosine, at the scale of its loss; kCsq: the probability of the code,
  // bits taken as independent).
  Classifier ClassRows() const;
  int bits() const { return options_.bits; }

 private:
  torch::Tensor Activation(const torch::Tensor& h) const;

  LatentOptions options_;
  torch::nn::Linear latent_{nullptr};
  torch::nn::BatchNorm1d norm_{nullptr};
  torch::nn::Linear classifier_{nullptr};
  torch::Tensor class_codes_;  // [classes,bits]
};

}  // namespace hashlens

#endif  // HASHLENS_TRAIN_LATENT_LAYER_H_
