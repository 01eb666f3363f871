// EfficientNet-Lite as a libtorch module: the network that training tunes.
#ifndef HASHLENS_TRAIN_LITE_MODULE_H_
#define HASHLENS_TRAIN_LITE_MODULE_H_

#include <vector>

#include "hashlens/status.h"
#include "model/lite_network.h"
#include "train/network_module.h"

namespace hashlens {

// One thread. Parameters and running statistics are registered under the published names, with '/'
// for '.'.
class LiteModule : public NetworkModule {
 public:
  // frozen_blocks: so many of network.blocks, the stem counted, keep their weights and statistics.
  LiteModule(LiteNetwork network, int frozen_blocks);

  // kCorruption when a tensor is missing or has another shape.
  Status Load(const NamedTensors& weights);
  NamedTensors Save() const override;

  // [N,3,S,S] after normalising, any S -> features [N,dim], not normalised.
  torch::Tensor Forward(torch::Tensor pictures) override;
  int dim() const override { return network_.feature_dim; }
  std::vector<ParameterGroup> Groups() const override;
  NetworkInput Input(int input_size) const override;
  Status Export(int input_size, bool mirror, const Path& xml) const override;

  const LiteNetwork& network() const { return network_; }

 private:
  struct Layer {
    LiteConv spec;
    torch::Tensor kernel, gamma, beta, mean, variance;
  };
  torch::Tensor RunLayer(const Layer& layer, torch::Tensor x, bool training) const;

  LiteNetwork network_;
  size_t frozen_blocks_;
  std::vector<std::vector<Layer>> blocks_;
};

}  // namespace hashlens

#endif  // HASHLENS_TRAIN_LITE_MODULE_H_
