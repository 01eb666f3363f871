// Layers with weights.
#include <cmath>
#include <limits>

#include "base/try.h"
#include "model/caffe/layers.h"
#include "model/caffe/window.h"

namespace hashlens {
namespace {

namespace op = ov::opset8;

ov::Shape ToShape(const Dims& dims) { return {dims.begin(), dims.end()}; }

// Blob `index` as a parameter that broadcasts against a bottom of `rank` dimensions: `dims` from
// `axis` on.
OvNode Along(const LayerContext& context, size_t index, const Dims& dims, size_t axis, size_t rank,
             const std::vector<float>& values) {
  ov::Shape shape(rank, 1);
  for (size_t i = 0; i < dims.size(); ++i) shape[axis + i] = static_cast<size_t>(dims[i]);
  return context.Constant(index, shape, values);
}

// The dimensions of a Scale layer's own factors, from `axis` on.
Result<Dims> ScaleDims(const LayerContext& context, size_t axis) {
  const Dims shape = context.Shape();
  const int64_t given = context.layer.param.scale_param().num_axes();
  const auto rest = static_cast<int64_t>(shape.size() - axis);
  const int64_t count = given == -1 ? rest : given;
  if (count < 0 || count > rest)
    return context.Bad("num_axes " + std::to_string(given) + " are more than the bottom has");
  if (axis == 0 && count > 0)
    return context.NotSupported("factors for each picture of a batch (axis 0)");
  const auto first = shape.begin() + static_cast<std::ptrdiff_t>(axis);
  return Dims(first, first + count);
}

// bottom[1] as the factor: its dimensions are those of bottom[0] from `axis` on.
Result<OvNode> SecondBottom(const LayerContext& context, size_t axis) {
  const Dims shape = context.Shape();
  const Dims factors = context.Shape(1);
  if (axis != 0) {
    return context.NotSupported("a second bottom that is not given for each picture (axis " +
                                std::to_string(axis) + ")");
  }
  if (factors.size() > shape.size() || !std::equal(factors.begin(), factors.end(), shape.begin()))
    return context.Bad("bottoms of " + ShapeText(shape) + " and " + ShapeText(factors));
  Dims spread = factors;
  spread.resize(shape.size(), 1);
  return ReshapeTo(context.bottoms[1], spread);
}

}  // namespace

Result<OvNode> BuildConvolution(const LayerContext& context) {
  HL_TRY(context.ExpectPicture());
  const auto& param = context.layer.param.convolution_param();
  HL_TRY(context.ExpectBlobs(param.bias_term() ? 2 : 1));
  HL_ASSIGN(const size_t axis, context.Axis(param.axis()));
  if (axis != 1) return context.NotSupported("axis other than 1");
  HL_ASSIGN(const Windows windows, ConvolutionWindows(context));
  const int64_t in = context.Shape()[1];
  const int64_t out = param.num_output();
  const int64_t group = param.group();
  if (out < 1 || group < 1 || in % group != 0 || out % group != 0)
    return context.Bad(std::to_string(in) + " channels to " + std::to_string(out) + " in " +
                       std::to_string(group) + " groups");
  const Dims shape = {out, in / group, windows[0].kernel, windows[1].kernel};
  HL_ASSIGN(const std::vector<float> kernel, context.Weights(0, "filters", shape));

  ov::Strides strides, dilations;
  ov::CoordinateDiff pads;
  for (const Window& window : windows) {
    strides.push_back(static_cast<size_t>(window.stride));
    dilations.push_back(static_cast<size_t>(window.dilation));
    pads.push_back(window.pad);
  }
  OvNode node;
  if (group == 1) {
    node = std::make_shared<op::Convolution>(context.bottoms[0],
                                             context.Constant(0, ToShape(shape), kernel), strides,
                                             pads, pads, dilations);
  } else {
    const Dims grouped = {group, out / group, shape[1], shape[2], shape[3]};
    node = std::make_shared<op::GroupConvolution>(context.bottoms[0],
                                                  context.Constant(0, ToShape(grouped), kernel),
                                                  strides, pads, pads, dilations);
  }
  if (!param.bias_term()) return node;
  HL_ASSIGN(const std::vector<float> bias, context.Weights(1, "biases", {out}));
  return OvNode(std::make_shared<op::Add>(node, Along(context, 1, {out}, 1, 4, bias)));
}

Result<OvNode> BuildInnerProduct(const LayerContext& context) {
  HL_TRY(context.ExpectBottoms(1));
  const auto& param = context.layer.param.inner_product_param();
  HL_TRY(context.ExpectBlobs(param.bias_term() ? 2 : 1));
  HL_ASSIGN(const size_t axis, context.Axis(param.axis()));
  if (axis != 1) return context.NotSupported("axis other than 1");
  const int64_t in = CountOf(context.Shape());
  const int64_t out = param.num_output();
  const Dims shape = param.transpose() ? Dims{in, out} : Dims{out, in};
  HL_ASSIGN(const std::vector<float> weights, context.Weights(0, "weights", shape));
  const OvNode flat = ReshapeTo(context.bottoms[0], {1, in});
  const OvNode node = std::make_shared<op::MatMul>(
      flat, context.Constant(0, ToShape(shape), weights), false, !param.transpose());
  if (!param.bias_term()) return node;
  HL_ASSIGN(const std::vector<float> bias, context.Weights(1, "biases", {out}));
  return OvNode(std::make_shared<op::Add>(node, Along(context, 1, {out}, 1, 2, bias)));
}

Result<OvNode> BuildPRelu(const LayerContext& context) {
  HL_TRY(context.ExpectBottoms(1));
  HL_TRY(context.ExpectBlobs(1));
  const Dims shape = context.Shape();
  if (shape.size() < 2) return context.Bad("its bottom has no channels");
  const Dims channels = {shape[1]};
  const bool shared = context.layer.param.prelu_param().channel_shared();
  HL_ASSIGN(std::vector<float> slopes, context.Weights(0, "slopes", shared ? Dims{1} : channels));
  // max(x, 0) + slope * min(x, 0), as written by He et al. 2015, for any number of dimensions.
  const OvNode zero = FloatConstant({}, {0});
  const OvNode slope = Along(context, 0, shared ? Dims{1} : channels, 1, shape.size(), slopes);
  const OvNode above = std::make_shared<op::Maximum>(context.bottoms[0], zero);
  const OvNode below = std::make_shared<op::Minimum>(context.bottoms[0], zero);
  return OvNode(std::make_shared<op::Add>(above, std::make_shared<op::Multiply>(below, slope)));
}

Result<OvNode> BuildScale(const LayerContext& context) {
  const auto& param = context.layer.param.scale_param();
  const bool learned = context.bottoms.size() == 1;
  HL_TRY(context.ExpectBottoms(learned ? 1 : 2));
  HL_TRY(context.ExpectBlobs((learned ? 1u : 0u) + (param.bias_term() ? 1u : 0u)));
  HL_ASSIGN(const size_t axis, context.Axis(param.axis()));
  const size_t rank = context.Shape().size();
  if (!learned) {
    if (param.bias_term()) return context.NotSupported("a second bottom with a bias");
    HL_ASSIGN(const OvNode factor, SecondBottom(context, axis));
    return OvNode(std::make_shared<op::Multiply>(context.bottoms[0], factor));
  }
  HL_ASSIGN(const Dims dims, ScaleDims(context, axis));
  HL_ASSIGN(const std::vector<float> factors, context.Weights(0, "factors", dims));
  const OvNode node = std::make_shared<op::Multiply>(context.bottoms[0],
                                                     Along(context, 0, dims, axis, rank, factors));
  if (!param.bias_term()) return node;
  HL_ASSIGN(const std::vector<float> bias, context.Weights(1, "biases", dims));
  return OvNode(std::make_shared<op::Add>(node, Along(context, 1, dims, axis, rank, bias)));
}

Result<OvNode> BuildBatchNorm(const LayerContext& context) {
  HL_TRY(context.ExpectBottoms(1));
  HL_TRY(context.ExpectBlobs(3));
  const auto& param = context.layer.param.batch_norm_param();
  if (param.has_use_global_stats() && !param.use_global_stats())
    return context.NotSupported(
        "use_global_stats: false, which makes a picture's feature depend "
        "on the others in its batch");
  const Dims shape = context.Shape();
  if (shape.size() < 2) return context.Bad("its bottom has no channels");
  const Dims channels = {shape[1]};
  HL_ASSIGN(const std::vector<float> mean, context.Weights(0, "means", channels));
  HL_ASSIGN(const std::vector<float> variance, context.Weights(1, "variances", channels));
  HL_ASSIGN(const std::vector<float> count, context.Weights(2, "moving averages' weight", {1}));
  // The sums were never divided by their weight.
  const double share = count[0] == 0 ? 0 : 1 / double{count[0]};
  std::vector<float> means, variances;
  for (size_t c = 0; c < mean.size(); ++c) {
    const double spread = variance[c] * share + double{param.eps()};
    if (!(1 / std::sqrt(spread) <= std::numeric_limits<float>::max()))
      return context.Bad("the variance of channel " + std::to_string(c) + " is below 0");
    means.push_back(static_cast<float>(mean[c] * share));
    variances.push_back(static_cast<float>(variance[c] * share));
  }
  const ov::Shape each = {mean.size()};
  const OvNode ones = FloatConstant(each, std::vector<float>(mean.size(), 1));
  ones.get_node()->set_friendly_name(NormFactorName(context.layer.param.name()));
  const OvNode zeros = FloatConstant(each, std::vector<float>(mean.size(), 0));
  zeros.get_node()->set_friendly_name(NormShiftName(context.layer.param.name()));
  return OvNode(std::make_shared<ov::op::v5::BatchNormInference>(
      context.bottoms[0], ones, zeros, context.Constant(0, each, means),
      context.Constant(1, each, variances), double{param.eps()}));
}

}  // namespace hashlens
