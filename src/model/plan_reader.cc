// network.xml as a plan.
#include <algorithm>
#include <cmath>
#include <openvino/op/ops.hpp>
#include <openvino/openvino.hpp>
#include <openvino/pass/constant_folding.hpp>
#include <openvino/pass/manager.hpp>
#include <set>
#include <utility>

#include "base/try.h"
#include "model/network_graph.h"
#include "model/network_plan.h"
#include "model/openvino_errors.h"
#include "model/plan_operations.h"
#include "model/training_notes.h"

namespace hashlens {
namespace {

using ov::op::v0::Constant;

constexpr int64_t kMinFeature = 2;
constexpr int64_t kMaxFeature = 16383;  // as importing from Caffe has it

// What does not depend on the picture becomes constants, which have the names of what they replace.
void FoldConstants(const std::shared_ptr<ov::Model>& model) {
  for (const auto& node : model->get_ordered_ops()) {
    if (!ov::is_type<ov::op::v0::Convert>(node)) continue;
    const auto source = ov::as_type_ptr<Constant>(node->get_input_node_shared_ptr(0));
    if (!source || !node->get_output_element_type(0).is_real()) continue;
    const auto widened = std::make_shared<Constant>(ov::element::f32, source->get_shape(),
                                                    source->cast_vector<float>());
    if (node->get_output_element_type(0) != ov::element::f32) continue;
    widened->set_friendly_name(node->get_friendly_name());
    ov::replace_node(node, widened);
  }
  ov::pass::Manager passes;
  passes.register_pass<ov::pass::ConstantFolding>();
  passes.run_passes(model);
}

class PlanReader {
 public:
  PlanReader(const ov::Model& model, TrainingNotes notes)
      : model_(model), notes_(std::move(notes)) {}

  Result<NetworkPlan> Read() {
    const auto& picture = model_.get_parameters().front();
    plan_.input_size = static_cast<int>(picture->get_shape()[2]);
    values_[picture->output(0)] = 0;
    prepared_.insert(0);
    for (const auto& node : model_.get_ordered_ops()) {
      if (ov::is_type<ov::op::v0::Parameter>(node) || ov::is_type<Constant>(node) ||
          ov::is_type<ov::op::v0::Result>(node))
        continue;
      HL_TRY(AddOperation(*node));
    }
    HL_TRY(CheckFeature());
    return std::move(plan_);
  }

 private:
  Status AddOperation(ov::Node& node) {
    if (IsNothing(node)) {
      values_[node.output(0)] = values_.at(node.input_value(0));
      return {};
    }
    HL_ASSIGN(PlanOperation operation, PlanOperationOf(node));
    operation.name = node.get_friendly_name();
    const size_t operands = OperandCount(operation.kind, node);
    for (size_t i = 0; i < operands; ++i) {
      HL_ASSIGN(const PlanOperand operand, OperandOf(node, operation, i));
      operation.inputs.push_back(operand);
    }
    HL_TRY(CheckOperands(node, operation));
    const auto dropout = notes_.dropout.find(operation.name);
    if (dropout != notes_.dropout.end()) operation.dropout = dropout->second;
    const int value = static_cast<int>(plan_.operations.size()) + 1;
    const bool prepares = Prepares(operation);
    if (prepares) prepared_.insert(value);
    for (const PlanOperand& operand : operation.inputs) {
      if (prepares && operand.tensor >= 0)
        plan_.tensors[static_cast<size_t>(operand.tensor)].trained = false;
    }
    values_[node.output(0)] = value;
    plan_.operations.push_back(std::move(operation));
    return {};
  }

  // A conversion that converts nothing.
  static bool IsNothing(const ov::Node& node) {
    return ov::is_type<ov::op::v0::Convert>(&node) &&
           node.get_input_element_type(0) == ov::element::f32 &&
           node.get_output_element_type(0) == ov::element::f32;
  }

  Result<PlanOperand> OperandOf(ov::Node& node, const PlanOperation& operation, size_t input) {
    const ov::Output<ov::Node> source = node.input_value(input);
    PlanOperand operand;
    const auto value = values_.find(source);
    if (value != values_.end()) {
      operand.value = value->second;
      return operand;
    }
    const auto constant = ov::as_type_ptr<Constant>(source.get_node_shared_ptr());
    if (!constant || !constant->get_element_type().is_real())
      return Unsupported(LayerText(node) + ": reads what cannot be trained");
    const auto known = tensors_.find(constant.get());
    operand.tensor = known != tensors_.end() ? known->second : static_cast<int>(tensors_.size());
    if (known == tensors_.end()) {
      HL_ASSIGN(PlanTensor tensor, TensorOf(*constant, node));
      plan_.tensors.push_back(std::move(tensor));
      tensors_[constant.get()] = operand.tensor;
    }
    PlanTensor& tensor = plan_.tensors[static_cast<size_t>(operand.tensor)];
    if (operation.kind == PlanKind::kConvolution && tensor.shape.size() == 5) {
      tensor.shape[1] *= tensor.shape[0];
      tensor.shape.erase(tensor.shape.begin());
    }
    if (operation.kind == PlanKind::kBatchNorm && input >= 3) tensor.statistic = true;
    if (IsWeight(operation, input, tensor)) tensor.trained = true;
    return operand;
  }

  Result<PlanTensor> TensorOf(const Constant& constant, const ov::Node& user) {
    PlanTensor tensor;
    tensor.name = constant.get_friendly_name();
    for (const size_t dim : constant.get_shape()) tensor.shape.push_back(static_cast<int64_t>(dim));
    tensor.values = constant.cast_vector<float>();
    if (!std::ranges::all_of(tensor.values, [](float value) { return std::isfinite(value); }))
      return Corruption(LayerText(user) + ": a weight is not a finite number");
    const auto rates = notes_.rates.find(tensor.name);
    // Biases and norms do not decay unless a prototxt says so.
    if (rates == notes_.rates.end()) {
      tensor.decay = std::ranges::count_if(tensor.shape, [](int64_t d) { return d > 1; }) > 1;
    } else {
      tensor.rate = rates->second.rate;
      tensor.decay = rates->second.decay;
    }
    return tensor;
  }

  // Numbers that learning changes: filters, matrices, norms, slopes, and a factor or a summand of
  // each channel.
  static bool IsWeight(const PlanOperation& operation, size_t input, const PlanTensor& tensor) {
    const auto channels = operation.shape.size() > 1 ? operation.shape[1] : 0;
    switch (operation.kind) {
      case PlanKind::kConvolution:
      case PlanKind::kLinear:
        return input == 1;
      case PlanKind::kBatchNorm:
        return input == 1 || input == 2;
      case PlanKind::kPRelu:
        return input == 1 && tensor.values.size() > 1;
      case PlanKind::kAdd:
      case PlanKind::kSubtract:
      case PlanKind::kMultiply: {
        if (channels == 0) return false;
        std::vector<int64_t> each(operation.shape.size(), 1);
        const bool one = tensor.shape == each;
        each[1] = channels;
        std::vector<int64_t> shape = tensor.shape;
        while (shape.size() < each.size()) shape.insert(shape.begin(), 1);
        return one || (channels > 1 && shape == each);
      }
      default:
        return false;
    }
  }

  Status CheckOperands(const ov::Node& node, const PlanOperation& operation) const {
    const auto tensor_at = [&](size_t i) { return operation.inputs[i].tensor >= 0; };
    const auto refuse = [&](const char* why) { return Unsupported(LayerText(node) + ": " + why); };
    switch (operation.kind) {
      case PlanKind::kConvolution:
      case PlanKind::kLinear:
      case PlanKind::kPRelu:
      case PlanKind::kBatchNorm:
        if (tensor_at(0)) return refuse("does not read the picture");
        for (size_t i = 1; i < operation.inputs.size(); ++i) {
          if (!tensor_at(i)) return refuse("its weights are computed of the picture");
        }
        break;
      case PlanKind::kConcat:
        for (size_t i = 0; i < operation.inputs.size(); ++i) {
          if (tensor_at(i)) return refuse("puts fixed numbers beside those of the picture");
        }
        break;
      default:
        if (std::ranges::all_of(operation.inputs,
                                [](const PlanOperand& operand) { return operand.tensor >= 0; }))
          return refuse("does not read the picture");
        if (tensor_at(0) && OperandCount(operation.kind, node) == 1)
          return refuse("does not read the picture");
    }
    if (operation.kind == PlanKind::kPRelu) {
      const size_t count = SizeOf(operation.inputs[1]);
      if (count != 1 &&
          (operation.shape.size() < 2 || static_cast<int64_t>(count) != operation.shape[1]))
        return refuse("slopes that are not one for each channel");
    }
    return {};
  }

  size_t SizeOf(const PlanOperand& operand) const {
    return plan_.tensors[static_cast<size_t>(operand.tensor)].values.size();
  }

  // Whether an operation only brings the picture to the form that the network was trained with:
  // order of channels, mean, scale, grey. Training leaves its numbers as they are.
  bool Prepares(const PlanOperation& operation) const {
    for (const PlanOperand& operand : operation.inputs) {
      if (operand.value >= 0 && !prepared_.contains(operand.value)) return false;
    }
    switch (operation.kind) {
      case PlanKind::kGather:
      case PlanKind::kAdd:
      case PlanKind::kSubtract:
      case PlanKind::kMultiply:
      case PlanKind::kDivide:
        return true;
      case PlanKind::kConvolution: {
        const PlanTensor& kernel = plan_.tensors[static_cast<size_t>(operation.inputs[1].tensor)];
        return kernel.shape == std::vector<int64_t>{1, 3, 1, 1};
      }
      default:
        return false;
    }
  }

  Status CheckFeature() {
    const ov::Output<ov::Node> feature = model_.get_results().front()->input_value(0);
    const auto found = values_.find(feature);
    if (found == values_.end() || found->second == 0 ||
        found->second != static_cast<int>(plan_.operations.size()))
      return InvalidArgument("the feature is not made of the picture by a last operation");
    int64_t dim = 1;
    for (const int64_t size : plan_.operations.back().shape) dim *= size;
    if (dim < kMinFeature || dim > kMaxFeature) {
      return InvalidArgument(LayerText(*feature.get_node()) + " gives " + std::to_string(dim) +
                             " numbers; a feature has " + std::to_string(kMinFeature) + " to " +
                             std::to_string(kMaxFeature));
    }
    plan_.dim = static_cast<int>(dim);
    if (std::ranges::none_of(plan_.tensors, [](const PlanTensor& t) { return t.trained; }))
      return InvalidArgument(LayerText(*feature.get_node()) +
                             ": no weights lie between the picture and it");
    return {};
  }

  const ov::Model& model_;
  TrainingNotes notes_;
  NetworkPlan plan_;
  std::map<ov::Output<ov::Node>, int> values_;
  std::map<const Constant*, int> tensors_;
  std::set<int> prepared_;  // values that are still the picture, in another form
};

// The message says which file.
Status Of(const Path& xml, const Status& status) {
  const std::string name = Printable(xml);
  if (status.message().find(name) != std::string::npos) return status;
  return {status.code(), name + ": " + status.message()};
}

}  // namespace

Result<NetworkPlan> ReadNetworkPlan(const Path& xml, const std::string& layer) {
  const auto read = [&]() -> Result<NetworkPlan> {
    HL_ASSIGN(const NetworkGraph graph, ReadNetworkGraph(xml, layer));
    HL_ASSIGN(TrainingNotes notes, ReadTrainingNotes(*graph.model));
    FoldConstants(graph.model);
    return PlanReader(*graph.model, std::move(notes)).Read();
  };
  auto plan = GuardOpenVino(StatusCode::kCorruption, "reading the network " + Printable(xml), read);
  if (!plan.ok()) return Of(xml, plan.status());
  return plan;
}

}  // namespace hashlens
