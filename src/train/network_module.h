// What the learner needs of the network that it trains.
#ifndef HASHLENS_TRAIN_NETWORK_MODULE_H_
#define HASHLENS_TRAIN_NETWORK_MODULE_H_

#include <torch/torch.h>

#include <vector>

#include "hashlens/status.h"
#include "model/model_package.h"
#include "model/tensor_file.h"

namespace hashlens {

// Parameters that learn alike: at `rate` times the run's rate, with `decay` times its weight decay.
struct ParameterGroup {
  std::vector<torch::Tensor> parameters;
  double rate = 1;
  double decay = 1;
};

// One thread. All that training changes is among parameters and buffers.
class NetworkModule : public torch::nn::Module {
 public:
  // Pictures, normalised as Input says, channels last -> features [N,dim], of any length.
  virtual torch::Tensor Forward(torch::Tensor pictures) = 0;
  virtual int dim() const = 0;

  // Parameters that learn; none is in two groups.
  virtual std::vector<ParameterGroup> Groups() const = 0;

  // How pictures are shown to it, in training and afterwards. input_size: pixels that were asked
  // for.
  virtual NetworkInput Input(int input_size) const = 0;

  // By the names of the network's file.
  virtual NamedTensors Save() const = 0;
  // Writes `xml` and the .bin beside it: the network as it stands. mirror: its feature is the mean
  // over picture and mirror image; kInvalidArgument where that cannot be had.
  virtual Status Export(int input_size, bool mirror, const Path& xml) const = 0;
};

}  // namespace hashlens

#endif  // HASHLENS_TRAIN_NETWORK_MODULE_H_
