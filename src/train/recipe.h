// Whole sets of options that belong together.
#ifndef HASHLENS_TRAIN_RECIPE_H_
#define HASHLENS_TRAIN_RECIPE_H_

#include "hashlens/train.h"
#include "train/augment.h"
#include "train/latent_layer.h"

namespace hashlens {

// Lin et al. 2015, as their solver and data layer had it.
bool IsPaperRecipe(const TrainOptions& options);

AugmentOptions AugmentOptionsOf(const TrainOptions& options);

// The rate that --rate 0 stands for.
double UsualRate(const TrainOptions& options);

// Of the latent layers, times the network's rate: 10, but 1 where all begins with random weights.
double NewLayerRate(const TrainOptions& options);

// Activation and threshold of the latent layer. kInvalidArgument for names and numbers that make no
// sense, or do not go with the loss.
Status CheckLatentOptions(const TrainOptions& options);
// Of one length; dim and classes are left open.
LatentOptions LatentOptionsOf(const TrainOptions& options, int bits);

}  // namespace hashlens

#endif  // HASHLENS_TRAIN_RECIPE_H_
