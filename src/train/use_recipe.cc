// What a recipe sets, in every build: it needs no libtorch.
#include "hashlens/train.h"

namespace hashlens {

Status UseRecipe(const std::string& name, TrainOptions* options) {
  if (name != "paper") return InvalidArgument("no recipe \"" + name + "\"; there is paper");
  options->recipe = name;
  options->loss = "lin2015";
  options->optimizer = "sgd";
  options->schedule = "step";
  options->rate = 0;
  options->weight_decay = 0.0005;
  options->label_smoothing = 0;
  options->erase = 0;
  return {};
}

}  // namespace hashlens
