// EfficientNet-Lite as an OpenVINO network.
#include <cmath>
#include <openvino/openvino.hpp>
#include <openvino/opsets/opset8.hpp>

#include "base/try.h"
#include "model/lite_network.h"
#include "model/openvino_errors.h"

namespace hashlens {
namespace {

namespace op = ov::opset8;
using Node = ov::Output<ov::Node>;

template <typename T>
Node Constant(ov::element::Type type, const ov::Shape& shape, const std::vector<T>& values) {
  return op::Constant::create(type, shape, values);
}

// A convolution with its batch-norm folded in, computed in double.
Node AddConv(const LiteConv& conv, const NamedTensors& weights, const Node& source) {
  const auto& kernel = weights.at(conv.conv + ".weight").values;
  const auto& gamma = weights.at(conv.norm + ".weight").values;
  const auto& beta = weights.at(conv.norm + ".bias").values;
  const auto& mean = weights.at(conv.norm + ".running_mean").values;
  const auto& variance = weights.at(conv.norm + ".running_var").values;
  const auto out = static_cast<size_t>(conv.out);
  const size_t each = kernel.size() / out;
  std::vector<float> folded(kernel.size());
  std::vector<float> bias(out);
  for (size_t o = 0; o < out; ++o) {
    const double factor = gamma[o] / std::sqrt(double{variance[o]} + kLiteNormEpsilon);
    bias[o] = static_cast<float>(beta[o] - mean[o] * factor);
    for (size_t i = 0; i < each; ++i)
      folded[o * each + i] = static_cast<float>(kernel[o * each + i] * factor);
  }
  const auto k = static_cast<size_t>(conv.kernel);
  const auto stride = static_cast<size_t>(conv.stride);
  const ov::Strides strides{stride, stride};
  const ov::CoordinateDiff none{0, 0};
  const auto same = ov::op::PadType::SAME_UPPER;
  Node node;
  if (conv.depthwise) {
    const Node filter = Constant(ov::element::f32, {out, 1, 1, k, k}, folded);
    node = std::make_shared<op::GroupConvolution>(source, filter, strides, none, none,
                                                  ov::Strides{1, 1}, same);
  } else {
    const Node filter = Constant(ov::element::f32, {out, each / (k * k), k, k}, folded);
    node = std::make_shared<op::Convolution>(source, filter, strides, none, none, ov::Strides{1, 1},
                                             same);
  }
  node = std::make_shared<op::Add>(node, Constant(ov::element::f32, {1, out, 1, 1}, bias));
  return conv.relu6 ? Node(std::make_shared<op::Clamp>(node, 0, 6)) : node;
}

// The picture and its mirror image, one batch after the other.
Node WithMirror(const Node& picture, int size) {
  std::vector<int64_t> reversed(static_cast<size_t>(size));
  for (int i = 0; i < size; ++i) reversed[static_cast<size_t>(i)] = size - 1 - i;
  const Node columns = Constant(ov::element::i64, {reversed.size()}, reversed);
  const Node width_axis = Constant(ov::element::i64, {}, std::vector<int64_t>{3});
  const Node mirrored = std::make_shared<op::Gather>(picture, columns, width_axis);
  return std::make_shared<op::Concat>(ov::OutputVector{picture, mirrored}, 0);
}

// [2N, dim] of WithMirror -> [N, dim]
Node MeanOfMirrored(const Node& features, int dim) {
  const Node shape = Constant(ov::element::i64, {3}, std::vector<int64_t>{2, -1, dim});
  const Node pairs = std::make_shared<op::Reshape>(features, shape, false);
  const Node axis = Constant(ov::element::i64, {1}, std::vector<int64_t>{0});
  return std::make_shared<op::ReduceMean>(pairs, axis, false);
}

std::shared_ptr<ov::Model> Build(const LiteNetwork& network, const NamedTensors& weights,
                                 const LiteExport& options) {
  const ov::Dimension side(options.input_size);
  const auto input =
      std::make_shared<op::Parameter>(ov::element::f32, ov::PartialShape{-1, 3, side, side});
  input->set_friendly_name("image");
  Node node = options.mirror ? WithMirror(input, options.input_size) : Node(input);
  for (const LiteBlock& block : network.blocks) {
    const Node start = node;
    for (const LiteConv& conv : block.convs) node = AddConv(conv, weights, node);
    if (block.residual) node = std::make_shared<op::Add>(node, start);
  }
  const Node places = Constant(ov::element::i64, {2}, std::vector<int64_t>{2, 3});
  node = std::make_shared<op::ReduceMean>(node, places, false);
  if (options.mirror) node = MeanOfMirrored(node, network.feature_dim);
  node.get_node_shared_ptr()->set_friendly_name("feature");
  return std::make_shared<ov::Model>(ov::OutputVector{node}, ov::ParameterVector{input},
                                     "efficientnet-lite");
}

}  // namespace

Status SaveLiteNetwork(const LiteNetwork& network, const NamedTensors& weights,
                       const LiteExport& options, const Path& xml) {
  HL_TRY(CheckLiteWeights(network, weights));
  if (options.input_size < 1) return InvalidArgument("the input size must be at least 1 pixel");
  return GuardOpenVino(StatusCode::kIoError, "writing the network " + Printable(xml),
                       [&]() -> Status {
                         ov::save_model(Build(network, weights, options), xml.native(),
                                        /*compress_to_fp16=*/false);
                         return {};
                       });
}

}  // namespace hashlens
