// Latent layers learned on features that do not change: seconds instead of hours.
#ifndef HASHLENS_TRAIN_HEAD_TRAINER_H_
#define HASHLENS_TRAIN_HEAD_TRAINER_H_

#include <span>
#include <stop_token>
#include <vector>

#include "hash/hash_head.h"
#include "hashlens/types.h"
#include "train/latent_layer.h"

namespace hashlens {

struct HeadTrainOptions {
  std::vector<LatentOptions> latents;  // one for each length; dim and classes the same for all
  int epochs = 30;
  double rate = 2e-3;
  uint64_t seed = 1;
  ProgressFunction progress;
  std::stop_token stop;
};

// features: rows x dim, of unit length; labels: of each row. Heads in the order of options.latents,
// with `mean` (dim) and method "supervised"; *classifiers, where it is given, gets what tells
// classes behind each. kCancelled; kInvalidArgument when there are fewer than two rows or the loss
// is no number any more.
Result<std::vector<HashHead>> TrainHeads(std::span<const float> features,
                                         const std::vector<std::vector<int>>& labels,
                                         std::span<const float> mean,
                                         const HeadTrainOptions& options,
                                         std::vector<Classifier>* classifiers = nullptr);

// The mean row of features (rows x dim), summed in double.
std::vector<float> MeanFeature(std::span<const float> features, size_t dim);

}  // namespace hashlens

#endif  // HASHLENS_TRAIN_HEAD_TRAINER_H_
