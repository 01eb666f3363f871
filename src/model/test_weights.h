// Weights of a network that has seen nothing, for tests.
#ifndef HASHLENS_MODEL_TEST_WEIGHTS_H_
#define HASHLENS_MODEL_TEST_WEIGHTS_H_

#include <cmath>
#include <random>
#include <string>
#include <vector>

#include "model/lite_network.h"

namespace hashlens {

// Random, the same each time; values stay of the order of one from layer to layer.
inline NamedTensors RandomWeights(const LiteNetwork& network) {
  std::mt19937 random(1);
  std::normal_distribution<float> normal;
  NamedTensors weights;
  const auto add = [&](const std::string& name, std::vector<int64_t> shape, float mean,
                       float spread) {
    size_t count = 1;
    for (const int64_t side : shape) count *= static_cast<size_t>(side);
    NamedTensor tensor{std::move(shape), std::vector<float>(count)};
    for (float& value : tensor.values) value = mean + spread * normal(random);
    weights[name] = std::move(tensor);
  };
  for (const LiteBlock& block : network.blocks) {
    for (const LiteConv& c : block.convs) {
      const int in = c.depthwise ? 1 : c.in;
      add(c.conv + ".weight", {c.out, in, c.kernel, c.kernel}, 0,
          1.5f / std::sqrt(static_cast<float>(in * c.kernel * c.kernel)));
      add(c.norm + ".weight", {c.out}, 1, 0.1f);
      add(c.norm + ".bias", {c.out}, 0.2f, 0.3f);
      add(c.norm + ".running_mean", {c.out}, 0, 0.2f);
      add(c.norm + ".running_var", {c.out}, 1, 0.05f);
    }
  }
  return weights;
}

}  // namespace hashlens

#endif  // HASHLENS_MODEL_TEST_WEIGHTS_H_
