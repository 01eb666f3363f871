#include "model/plan_operations.h"

#include <algorithm>
#include <functional>
#include <openvino/op/ops.hpp>
#include <openvino/op/util/avg_pool_base.hpp>
#include <openvino/op/util/max_pool_base.hpp>
#include <optional>

#include "base/text.h"
#include "base/try.h"

namespace hashlens {
namespace {

namespace v0 = ov::op::v0;
namespace v1 = ov::op::v1;

Status Refuse(const ov::Node& node, const std::string& why) {
  return Unsupported(LayerText(node) + ": " + why);
}

template <typename Op>
const Op* As(const ov::Node& node) {
  return ov::is_type<Op>(&node) ? static_cast<const Op*>(&node) : nullptr;
}

// The whole numbers of a constant input.
Result<std::vector<int64_t>> WholeNumbers(const ov::Node& node, size_t input) {
  const ov::Node* source = node.get_input_node_ptr(input);
  if (const auto* constant = As<v0::Constant>(*source)) return constant->cast_vector<int64_t>();
  return Refuse(node, "its axes, indices or shape are computed; only fixed ones can be trained");
}

Result<std::vector<int64_t>> AxesOf(const ov::Node& node, std::vector<int64_t> axes) {
  const auto rank = static_cast<int64_t>(node.get_input_shape(0).size());
  for (int64_t& axis : axes) {
    if (axis < 0) axis += rank;
    if (axis < 1 || axis >= rank)
      return Refuse(node, "works across pictures (axis 0), which cannot be trained");
  }
  return axes;
}

template <typename Sizes>
std::array<int64_t, 2> Two(const Sizes& sizes) {
  return {static_cast<int64_t>(sizes[0]), static_cast<int64_t>(sizes[1])};
}

Status ExpectPicture(const ov::Node& node) {
  if (node.get_input_shape(0).size() == 4) return {};
  return Refuse(node, "does not work on pictures of rows and columns");
}

template <typename Convolution>
Status ReadConvolution(const ov::Node& node, const Convolution& convolution, int64_t groups,
                       PlanOperation* operation) {
  HL_TRY(ExpectPicture(node));
  operation->kind = PlanKind::kConvolution;
  operation->groups = groups;
  operation->window.stride = Two(convolution.get_strides());
  operation->window.dilation = Two(convolution.get_dilations());
  operation->window.pad_begin = Two(convolution.get_pads_begin());
  operation->window.pad_end = Two(convolution.get_pads_end());
  for (size_t i = 0; i < 2; ++i) {
    if (operation->window.pad_begin[i] < 0 || operation->window.pad_end[i] < 0)
      return Refuse(node, "a pad below 0");
  }
  return {};
}

// The pad at the end is made such that rounding down gives the number of windows there are.
template <typename Pool>
Status ReadPool(const ov::Node& node, const Pool& pool, PlanOperation* operation) {
  HL_TRY(ExpectPicture(node));
  PlanWindow& window = operation->window;
  window.kernel = Two(pool.get_kernel());
  window.stride = Two(pool.get_strides());
  window.pad_begin = Two(pool.get_pads_begin());
  window.pad_end = Two(pool.get_pads_end());
  for (size_t i = 0; i < 2; ++i) {
    const auto in = static_cast<int64_t>(node.get_input_shape(0)[i + 2]);
    const auto out = static_cast<int64_t>(node.get_output_shape(0)[i + 2]);
    const int64_t extent = window.dilation[i] * (window.kernel[i] - 1) + 1;
    const int64_t needed = (out - 1) * window.stride[i] + extent - in - window.pad_begin[i];
    if (needed > window.pad_end[i] && operation->kind == PlanKind::kMeanPool &&
        !operation->exclude_pad)
      return Refuse(node, "means over windows that leave the padded picture");
    window.pad_end[i] = std::max(window.pad_end[i], needed);
  }
  return {};
}

Status ReadMaxPool(const ov::Node& node, PlanOperation* operation) {
  operation->kind = PlanKind::kMaxPool;
  if (const auto* pool = As<ov::op::v8::MaxPool>(node))
    operation->window.dilation = Two(pool->get_dilations());
  if (const auto* pool = As<ov::op::v14::MaxPool>(node))
    operation->window.dilation = Two(pool->get_dilations());
  return ReadPool(node, dynamic_cast<const ov::op::util::MaxPoolBase&>(node), operation);
}

Status ReadMeanPool(const ov::Node& node, PlanOperation* operation) {
  const auto& pool = dynamic_cast<const ov::op::util::AvgPoolBase&>(node);
  operation->kind = PlanKind::kMeanPool;
  operation->exclude_pad = pool.get_exclude_pad();
  return ReadPool(node, pool, operation);
}

Status ReadReshape(const ov::Node& node, PlanOperation* operation) {
  operation->kind = PlanKind::kReshape;
  const ov::Shape from = node.get_input_shape(0);
  const ov::Shape to = node.get_output_shape(0);
  if (from.empty() || to.empty() || from[0] != 1 || to[0] != 1)
    return Refuse(node, "moves numbers from one picture to another, which cannot be trained");
  return {};
}

Status ReadGather(const ov::Node& node, PlanOperation* operation) {
  operation->kind = PlanKind::kGather;
  HL_ASSIGN(const std::vector<int64_t> axis, WholeNumbers(node, 2));
  HL_ASSIGN(operation->axes, AxesOf(node, axis));
  HL_ASSIGN(operation->indices, WholeNumbers(node, 1));
  const auto count = static_cast<int64_t>(
      operation->axes.empty() ? 0
                              : node.get_input_shape(0)[static_cast<size_t>(operation->axes[0])]);
  for (int64_t& index : operation->indices) {
    if (index < 0) index += count;
    if (index < 0 || index >= count) return Refuse(node, "an index out of range");
  }
  if (operation->axes.size() == 1 && node.get_input_shape(1).size() == 1) return {};
  return Refuse(node, "gathers in a way that cannot be trained");
}

Status ReadLrn(const ov::Node& node, const v0::LRN& lrn, PlanOperation* operation) {
  operation->kind = PlanKind::kLrn;
  HL_ASSIGN(const std::vector<int64_t> axes, WholeNumbers(node, 1));
  if (axes != std::vector<int64_t>{1} || node.get_input_shape(0).size() != 4 ||
      lrn.get_nsize() % 2 == 0)
    return Refuse(node, "not a normalisation over an odd number of channels");
  operation->alpha = lrn.get_alpha();
  operation->beta = lrn.get_beta();
  operation->bias = lrn.get_bias();
  operation->size = static_cast<int64_t>(lrn.get_nsize());
  return {};
}

Status ReadBatchNorm(double epsilon, PlanOperation* operation) {
  operation->kind = PlanKind::kBatchNorm;
  operation->epsilon = epsilon;
  return {};
}

Status ReadSoftmax(const ov::Node& node, int64_t axis, PlanOperation* operation) {
  operation->kind = PlanKind::kSoftmax;
  HL_ASSIGN(operation->axes, AxesOf(node, {axis}));
  return {};
}

// Operations that have nothing but operands.
std::optional<PlanKind> PlainKind(const ov::Node& node) {
  if (As<v0::Relu>(node)) return PlanKind::kRelu;
  if (As<v0::PRelu>(node)) return PlanKind::kPRelu;
  if (As<v0::Sigmoid>(node)) return PlanKind::kSigmoid;
  if (As<v0::Tanh>(node)) return PlanKind::kTanh;
  if (As<v1::Add>(node)) return PlanKind::kAdd;
  if (As<v1::Subtract>(node)) return PlanKind::kSubtract;
  if (As<v1::Multiply>(node)) return PlanKind::kMultiply;
  if (As<v1::Divide>(node)) return PlanKind::kDivide;
  if (As<v1::Maximum>(node)) return PlanKind::kMaximum;
  if (As<v1::Minimum>(node)) return PlanKind::kMinimum;
  if (As<v1::Power>(node)) return PlanKind::kPower;
  return std::nullopt;
}

Status ReadOperation(const ov::Node& node, PlanOperation* operation) {
  if (const auto* convolution = As<v1::Convolution>(node))
    return ReadConvolution(node, *convolution, 1, operation);
  if (const auto* convolution = As<v1::GroupConvolution>(node))
    return ReadConvolution(node, *convolution, static_cast<int64_t>(node.get_input_shape(1)[0]),
                           operation);
  if (const auto* product = As<v0::MatMul>(node)) {
    operation->kind = PlanKind::kLinear;
    operation->transposed = !product->get_transpose_b();
    if (product->get_transpose_a() || node.get_input_shape(0).size() != 2 ||
        node.get_input_shape(1).size() != 2)
      return Refuse(node, "not a product of vectors with a matrix");
    return {};
  }
  if (const auto* norm = As<ov::op::v5::BatchNormInference>(node))
    return ReadBatchNorm(norm->get_eps_value(), operation);
  if (const auto* clamp = As<v0::Clamp>(node)) {
    operation->kind = PlanKind::kClamp;
    operation->low = clamp->get_min();
    operation->high = clamp->get_max();
    return {};
  }
  if (const auto* lrn = As<v0::LRN>(node)) return ReadLrn(node, *lrn, operation);
  if (As<ov::op::util::MaxPoolBase>(node)) return ReadMaxPool(node, operation);
  if (As<ov::op::util::AvgPoolBase>(node)) return ReadMeanPool(node, operation);
  if (const auto* softmax = As<v1::Softmax>(node))
    return ReadSoftmax(node, static_cast<int64_t>(softmax->get_axis()), operation);
  if (const auto* softmax = As<ov::op::v8::Softmax>(node))
    return ReadSoftmax(node, softmax->get_axis(), operation);
  if (const auto* concat = As<v0::Concat>(node)) {
    operation->kind = PlanKind::kConcat;
    HL_ASSIGN(operation->axes, AxesOf(node, {concat->get_axis()}));
    return {};
  }
  if (As<v1::ReduceMean>(node)) {
    operation->kind = PlanKind::kMean;
    HL_ASSIGN(const std::vector<int64_t> axes, WholeNumbers(node, 1));
    HL_ASSIGN(operation->axes, AxesOf(node, axes));
    return axes.empty() ? Refuse(node, "a mean over no axis") : Status();
  }
  if (As<v1::Reshape>(node) || As<v0::Squeeze>(node) || As<v0::Unsqueeze>(node))
    return ReadReshape(node, operation);
  if (As<ov::op::v1::Gather>(node) || As<ov::op::v7::Gather>(node) || As<ov::op::v8::Gather>(node))
    return ReadGather(node, operation);
  if (const auto kind = PlainKind(node)) {
    operation->kind = *kind;
    return {};
  }
  return Refuse(node,
                "operations of this type cannot be trained; docs/training.md lists those "
                "that can");
}

}  // namespace

std::string LayerText(const ov::Node& node) {
  return "layer \"" + Printable(std::string_view(node.get_friendly_name())) + "\" (" +
         node.get_type_name() + ")";
}

size_t OperandCount(PlanKind kind, const ov::Node& node) {
  switch (kind) {
    case PlanKind::kBatchNorm:
    case PlanKind::kConcat:
      return node.get_input_size();
    case PlanKind::kConvolution:
    case PlanKind::kLinear:
    case PlanKind::kPRelu:
    case PlanKind::kAdd:
    case PlanKind::kSubtract:
    case PlanKind::kMultiply:
    case PlanKind::kDivide:
    case PlanKind::kMaximum:
    case PlanKind::kMinimum:
    case PlanKind::kPower:
      return 2;
    default:
      return 1;
  }
}

Result<PlanOperation> PlanOperationOf(const ov::Node& node) {
  for (size_t i = 0; i < node.get_input_size(); ++i) {
    if (node.get_input_partial_shape(i).is_dynamic())
      return Refuse(node, "the size of what it reads is not fixed");
  }
  if (node.get_output_partial_shape(0).is_dynamic() || !node.get_output_element_type(0).is_real())
    return Refuse(node, "gives no numbers of a fixed shape");
  PlanOperation operation;
  HL_TRY(ReadOperation(node, &operation));
  for (const size_t dim : node.get_output_shape(0))
    operation.shape.push_back(static_cast<int64_t>(dim));
  if (operation.shape.empty() || operation.shape[0] != 1)
    return Refuse(node, "its first dimension is not that of the pictures");
  return operation;
}

}  // namespace hashlens
