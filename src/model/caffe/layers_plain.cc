// Layers without weights that keep the shape.
#include "base/try.h"
#include "model/caffe/layers.h"

namespace hashlens {
namespace {

namespace op = ov::opset8;
using hashlens_caffe::LRNParameter;

Status ExpectPlain(const LayerContext& context) {
  HL_TRY(context.ExpectBottoms(1));
  return context.ExpectBlobs(0);
}

}  // namespace

Result<OvNode> BuildRelu(const LayerContext& context) {
  HL_TRY(ExpectPlain(context));
  const OvNode& bottom = context.bottoms[0];
  const float slope = context.layer.param.relu_param().negative_slope();
  if (slope == 0) return OvNode(std::make_shared<op::Relu>(bottom));
  return OvNode(std::make_shared<op::PRelu>(bottom, FloatConstant({1}, {slope})));
}

Result<OvNode> BuildSigmoid(const LayerContext& context) {
  HL_TRY(ExpectPlain(context));
  return OvNode(std::make_shared<op::Sigmoid>(context.bottoms[0]));
}

Result<OvNode> BuildTanH(const LayerContext& context) {
  HL_TRY(ExpectPlain(context));
  return OvNode(std::make_shared<op::Tanh>(context.bottoms[0]));
}

Result<OvNode> BuildSoftmax(const LayerContext& context) {
  HL_TRY(ExpectPlain(context));
  HL_ASSIGN(const size_t axis, context.Axis(context.layer.param.softmax_param().axis()));
  if (axis == 0) return context.NotSupported("axis 0, over the pictures of a batch");
  return OvNode(std::make_shared<op::Softmax>(context.bottoms[0], static_cast<int64_t>(axis)));
}

// Across channels: x / (k + alpha / n * sum)^beta. Within a channel, Caffe has no k, and divides by
// n^2 at the edges, too.
Result<OvNode> BuildLrn(const LayerContext& context) {
  HL_TRY(context.ExpectPicture());
  HL_TRY(ExpectPlain(context));
  const auto& param = context.layer.param.lrn_param();
  if (param.local_size() % 2 == 0) return context.Bad("local_size must be odd");
  if (param.local_size() > 4096) return context.NotSupported("local_size over 4096");
  const bool across = param.norm_region() == LRNParameter::ACROSS_CHANNELS;
  if (across) {
    return OvNode(std::make_shared<op::LRN>(context.bottoms[0], IndexConstant({1}), param.alpha(),
                                            param.beta(), param.k(), param.local_size()));
  }
  const size_t size = param.local_size();
  const ov::Shape pads = {size / 2, size / 2};
  const OvNode& bottom = context.bottoms[0];
  const OvNode squares = std::make_shared<op::Multiply>(bottom, bottom);
  const OvNode means =
      std::make_shared<op::AvgPool>(squares, ov::Strides{1, 1}, pads, pads, ov::Shape{size, size},
                                    /*exclude_pad=*/false);
  const OvNode scaled = std::make_shared<op::Multiply>(means, FloatConstant({}, {param.alpha()}));
  const OvNode base = std::make_shared<op::Add>(scaled, FloatConstant({}, {1}));
  const OvNode factor = std::make_shared<op::Power>(base, FloatConstant({}, {-param.beta()}));
  return OvNode(std::make_shared<op::Multiply>(bottom, factor));
}

Result<OvNode> BuildDropout(const LayerContext& context) {
  HL_TRY(ExpectPlain(context));
  if (!context.layer.param.dropout_param().scale_train())
    return context.NotSupported("scale_train: false, which changes numbers outside of training");
  return context.bottoms[0];
}

Result<OvNode> BuildSplit(const LayerContext& context) {
  HL_TRY(ExpectPlain(context));
  return context.bottoms[0];
}

}  // namespace hashlens
