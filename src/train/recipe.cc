#include "train/recipe.h"

#include <cstdio>
#include <string>

#include "base/try.h"

namespace hashlens {
namespace {

constexpr char kPaper[] = "paper";

bool IsScratch(const TrainOptions& options) { return options.backbone.extension() == ".prototxt"; }

}  // namespace

bool IsPaperRecipe(const TrainOptions& options) { return options.recipe == kPaper; }

AugmentOptions AugmentOptionsOf(const TrainOptions& options) {
  AugmentOptions augment;
  augment.min_area = options.min_area;
  augment.flip = options.flip;
  augment.erase = options.erase;
  augment.window = IsPaperRecipe(options);
  return augment;
}

double UsualRate(const TrainOptions& options) {
  if (options.optimizer != "sgd") return 5e-4;
  // A learned network is tuned with a tenth of the rate of one that begins at random.
  return IsPaperRecipe(options) && !IsScratch(options) ? 0.001 : 0.01;
}

double NewLayerRate(const TrainOptions& options) { return IsScratch(options) ? 1 : 10; }

Status CheckLatentOptions(const TrainOptions& options) {
  HL_TRY(ParseActivation(options.activation).status());
  HL_TRY(ParseLoss(options.loss).status());
  const bool tanh = options.activation == "tanh";
  if (tanh && options.loss != "lin2015")
    return InvalidArgument("--activation tanh goes with --loss lin2015, not with " + options.loss);
  if (!options.threshold) return {};
  if (options.loss != "lin2015" && options.loss != "ssdh")
    return InvalidArgument("--threshold goes with --loss lin2015 and ssdh, not with " +
                           options.loss);
  const double low = tanh ? -1 : 0;
  const auto kept = static_cast<float>(*options.threshold);  // as the head keeps it
  if (kept > low && kept < 1) return {};
  char text[160];
  std::snprintf(text, sizeof text, "--threshold is %g; the units of %s lie between %g and 1",
                *options.threshold, options.activation.c_str(), low);
  return InvalidArgument(text);
}

LatentOptions LatentOptionsOf(const TrainOptions& options, int bits) {
  LatentOptions latent;
  latent.loss = *ParseLoss(options.loss);
  latent.activation = *ParseActivation(options.activation);
  latent.threshold = options.threshold.value_or(MiddleOf(latent.activation));
  latent.norm = !IsPaperRecipe(options);
  latent.bits = bits;
  latent.label_smoothing = options.label_smoothing;
  latent.seed = options.seed;
  return latent;
}

}  // namespace hashlens
