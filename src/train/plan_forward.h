// The operations of a plan by libtorch.
#ifndef HASHLENS_TRAIN_PLAN_FORWARD_H_
#define HASHLENS_TRAIN_PLAN_FORWARD_H_

#include <torch/types.h>

#include <vector>

#include "model/network_plan.h"

namespace hashlens {

// inputs: the operands, in the plan's order, the first dimension of values being the pictures'.
// training: batch norms use the statistics of the batch, and numbers are dropped.
torch::Tensor RunPlanOperation(const PlanOperation& operation,
                               const std::vector<torch::Tensor>& inputs, bool training);

}  // namespace hashlens

#endif  // HASHLENS_TRAIN_PLAN_FORWARD_H_
