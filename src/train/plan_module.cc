#include "train/plan_module.h"

#include <algorithm>
#include <map>
#include <utility>

#include "train/plan_forward.h"

namespace hashlens {
namespace {

bool HasFilters(const PlanOperation& operation, const NetworkPlan& plan) {
  return (operation.kind == PlanKind::kConvolution || operation.kind == PlanKind::kLinear) &&
         plan.tensors[static_cast<size_t>(operation.inputs[1].tensor)].trained;
}

// For each operation, the values that it is the last one to read.
std::vector<std::vector<int>> LastUses(const NetworkPlan& plan) {
  std::map<int, size_t> last;
  for (size_t i = 0; i < plan.operations.size(); ++i) {
    for (const PlanOperand& operand : plan.operations[i].inputs) {
      if (operand.value >= 0) last[operand.value] = i;
    }
  }
  std::vector<std::vector<int>> done(plan.operations.size());
  for (const auto& [value, operation] : last) done[operation].push_back(value);
  return done;
}

// Names of torch's modules hold no dots; numbers are unique.
std::string TorchName(size_t i) { return "tensor" + std::to_string(i); }

}  // namespace

int LayersWithWeights(const NetworkPlan& plan) {
  return static_cast<int>(std::ranges::count_if(
      plan.operations, [&](const PlanOperation& o) { return HasFilters(o, plan); }));
}

PlanModule::PlanModule(NetworkPlan plan, PlanSource source, int frozen)
    : plan_(std::move(plan)),
      source_(std::move(source)),
      frozen_(FrozenOperations(frozen)),
      done_(LastUses(plan_)) {
  std::vector<bool> kept(plan_.tensors.size());
  for (size_t i = 0; i < plan_.operations.size(); ++i) {
    for (const PlanOperand& operand : plan_.operations[i].inputs) {
      if (operand.tensor >= 0 && frozen_[i]) kept[static_cast<size_t>(operand.tensor)] = true;
    }
  }
  for (size_t i = 0; i < plan_.tensors.size(); ++i) {
    PlanTensor& tensor = plan_.tensors[i];
    const torch::Tensor values = torch::tensor(tensor.values).view(tensor.shape).clone();
    if (tensor.trained) {
      tensors_.push_back(register_parameter(TorchName(i), values, tensor.rate > 0 && !kept[i]));
    } else {
      tensors_.push_back(register_buffer(TorchName(i), values));
    }
    tensor.values = {};
  }
}

// Everything before layer number `frozen` that has filters.
std::vector<bool> PlanModule::FrozenOperations(int frozen) const {
  std::vector<bool> operations(plan_.operations.size());
  int layers = 0;
  for (size_t i = 0; i < operations.size(); ++i) {
    if (HasFilters(plan_.operations[i], plan_)) ++layers;
    operations[i] = frozen > 0 && layers <= frozen;
  }
  return operations;
}

torch::Tensor PlanModule::Forward(torch::Tensor pictures) {
  std::vector<torch::Tensor> values(plan_.operations.size() + 1);
  values[0] = std::move(pictures);
  for (size_t i = 0; i < plan_.operations.size(); ++i) {
    const PlanOperation& operation = plan_.operations[i];
    std::vector<torch::Tensor> inputs;
    for (const PlanOperand& operand : operation.inputs) {
      inputs.push_back(operand.value >= 0 ? values[static_cast<size_t>(operand.value)]
                                          : tensors_[static_cast<size_t>(operand.tensor)]);
    }
    values[i + 1] = RunPlanOperation(operation, inputs, is_training() && !frozen_[i]);
    for (const int value : done_[i]) values[static_cast<size_t>(value)].reset();
  }
  return values.back().flatten(1);
}

std::vector<ParameterGroup> PlanModule::Groups() const {
  std::map<std::pair<double, double>, ParameterGroup> groups;
  for (size_t i = 0; i < tensors_.size(); ++i) {
    if (!tensors_[i].requires_grad()) continue;
    const PlanTensor& tensor = plan_.tensors[i];
    ParameterGroup& group = groups[{tensor.rate, tensor.decay}];
    group.rate = tensor.rate;
    group.decay = tensor.decay;
    group.parameters.push_back(tensors_[i]);
  }
  std::vector<ParameterGroup> list;
  for (auto& [factors, group] : groups) list.push_back(std::move(group));
  return list;
}

NetworkInput PlanModule::Input(int) const { return source_.input; }

NamedTensors PlanModule::Save() const {
  NamedTensors weights;
  for (size_t i = 0; i < tensors_.size(); ++i) {
    const PlanTensor& tensor = plan_.tensors[i];
    if (!tensor.trained && !tensor.statistic) continue;
    const torch::Tensor plain = tensors_[i].detach().to(torch::kCPU, torch::kFloat).contiguous();
    const auto* data = plain.data_ptr<float>();
    weights[tensor.name] = {plain.sizes().vec(), {data, data + plain.numel()}};
  }
  return weights;
}

Status PlanModule::Export(int, bool mirror, const Path& xml) const {
  if (mirror)
    return InvalidArgument("--mirror is for the default network, not for one of --backbone");
  std::map<std::string, std::vector<float>> values;
  for (auto& [name, tensor] : Save()) values[name] = tensor.values;
  return WriteTrainedNetwork(source_.xml, source_.layer, values, xml);
}

}  // namespace hashlens
