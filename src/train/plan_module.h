// A package's network as a libtorch module, made of its plan.
#ifndef HASHLENS_TRAIN_PLAN_MODULE_H_
#define HASHLENS_TRAIN_PLAN_MODULE_H_

#include <memory>
#include <string>
#include <vector>

#include "model/network_plan.h"
#include "train/network_module.h"

namespace hashlens {

// Where the network came from, and goes back to.
struct PlanSource {
  Path xml;
  std::string layer;   // at which the feature is taken; empty: the network's output
  NetworkInput input;  // of the package
};

class PlanModule : public NetworkModule {
 public:
  // The weights are the plan's. frozen: so many of the layers with filters or matrices, from the
  // picture on, keep their weights and all that comes before the next one; so do weights whose rate
  // is 0.
  PlanModule(NetworkPlan plan, PlanSource source, int frozen = 0);

  // The plan's network to about 1e-5. In training batch norms normalise by the batch's statistics,
  // and numbers are dropped where the plan says so.
  torch::Tensor Forward(torch::Tensor pictures) override;
  int dim() const override { return plan_.dim; }
  std::vector<ParameterGroup> Groups() const override;
  NetworkInput Input(int input_size) const override;
  NamedTensors Save() const override;
  Status Export(int input_size, bool mirror, const Path& xml) const override;

 private:
  std::vector<bool> FrozenOperations(int frozen) const;
  torch::Tensor Run(const PlanOperation& operation, bool frozen,
                    const std::vector<torch::Tensor>& inputs) const;

  NetworkPlan plan_;  // without its numbers, which are in tensors_
  PlanSource source_;
  std::vector<torch::Tensor> tensors_;  // of plan_.tensors; parameters and buffers of the module
  std::vector<bool> frozen_;            // of plan_.operations
  std::vector<std::vector<int>> done_;  // values that nothing reads after an operation
};

// How many layers with filters or matrices a plan has.
int LayersWithWeights(const NetworkPlan& plan);

}  // namespace hashlens

#endif  // HASHLENS_TRAIN_PLAN_MODULE_H_
