// Layers that put blobs together or change their shape.
#include <algorithm>

#include "base/try.h"
#include "model/caffe/layers.h"

namespace hashlens {
namespace {

namespace op = ov::opset8;
using hashlens_caffe::EltwiseParameter;

OvNode Combine(EltwiseParameter::EltwiseOp operation, const OvNode& a, const OvNode& b) {
  if (operation == EltwiseParameter::PROD) return std::make_shared<op::Multiply>(a, b);
  if (operation == EltwiseParameter::MAX) return std::make_shared<op::Maximum>(a, b);
  return std::make_shared<op::Add>(a, b);
}

}  // namespace

Result<OvNode> BuildConcat(const LayerContext& context) {
  HL_TRY(context.ExpectBlobs(0));
  if (context.bottoms.empty()) return context.Bad("has no bottoms");
  const auto& param = context.layer.param.concat_param();
  HL_ASSIGN(const size_t axis,
            context.Axis(param.has_concat_dim() ? int64_t{param.concat_dim()} : param.axis()));
  if (axis == 0) return context.NotSupported("axis 0, the pictures of a batch");
  for (size_t i = 1; i < context.bottoms.size(); ++i) {
    Dims first = context.Shape(), other = context.Shape(i);
    if (first.size() == other.size()) other[axis] = first[axis];
    if (first != other)
      return context.Bad("bottoms of " + ShapeText(context.Shape()) + " and " +
                         ShapeText(context.Shape(i)) + " along axis " + std::to_string(axis));
  }
  return OvNode(std::make_shared<op::Concat>(context.bottoms, static_cast<int64_t>(axis)));
}

Result<OvNode> BuildEltwise(const LayerContext& context) {
  HL_TRY(context.ExpectBlobs(0));
  const auto& param = context.layer.param.eltwise_param();
  if (context.bottoms.size() < 2) return context.Bad("has fewer than 2 bottoms");
  if (param.coeff_size() != 0) {
    if (param.operation() != EltwiseParameter::SUM)
      return context.Bad("coefficients are for SUM only");
    if (param.coeff_size() != static_cast<int>(context.bottoms.size()))
      return context.Bad("has " + std::to_string(param.coeff_size()) + " coefficients for " +
                         std::to_string(context.bottoms.size()) + " bottoms");
  }
  OvNode sum;
  for (size_t i = 0; i < context.bottoms.size(); ++i) {
    if (context.Shape(i) != context.Shape())
      return context.Bad("bottoms of " + ShapeText(context.Shape()) + " and " +
                         ShapeText(context.Shape(i)));
    OvNode term = context.bottoms[i];
    if (param.coeff_size() != 0)
      term = std::make_shared<op::Multiply>(term,
                                            FloatConstant({}, {param.coeff(static_cast<int>(i))}));
    sum = i == 0 ? term : Combine(param.operation(), sum, term);
  }
  return sum;
}

Result<OvNode> BuildFlatten(const LayerContext& context) {
  HL_TRY(context.ExpectBottoms(1));
  HL_TRY(context.ExpectBlobs(0));
  const auto& param = context.layer.param.flatten_param();
  HL_ASSIGN(const size_t first, context.Axis(param.axis()));
  HL_ASSIGN(const size_t last, context.Axis(param.end_axis()));
  if (first == 0) return context.NotSupported("axis 0, the pictures of a batch");
  if (last < first) return context.Bad("end_axis before axis");
  const Dims shape = context.Shape();
  const auto at = [&](size_t i) { return shape.begin() + static_cast<std::ptrdiff_t>(i); };
  Dims flat(shape.begin(), at(first));
  flat.push_back(CountOf({at(first), at(last + 1)}));
  flat.insert(flat.end(), at(last + 1), shape.end());
  return ReshapeTo(context.bottoms[0], flat);
}

// 0 stands for the bottom's own dimension, one -1 for whatever is left.
Result<OvNode> BuildReshape(const LayerContext& context) {
  HL_TRY(context.ExpectBottoms(1));
  HL_TRY(context.ExpectBlobs(0));
  const auto& param = context.layer.param.reshape_param();
  const Dims shape = context.Shape();
  if (param.axis() != 0 || param.num_axes() != -1)
    return context.NotSupported("axis or num_axes: only whole blobs are reshaped");
  if (param.shape().dim_size() < 1 || param.shape().dim_size() > 8)
    return context.NotSupported("a shape of " + std::to_string(param.shape().dim_size()) +
                                " dimensions, not 1 to 8");
  Dims wanted;
  int64_t* left = nullptr;
  wanted.reserve(8);  // `left` points into it
  for (int i = 0; i < param.shape().dim_size(); ++i) {
    const auto at = static_cast<size_t>(i);
    int64_t dim = param.shape().dim(i);
    if (dim == 0 && at >= shape.size()) return context.Bad("a 0 beyond the bottom's dimensions");
    if (dim == 0) dim = shape[at];
    wanted.push_back(dim);
    if (dim != -1) continue;
    if (left != nullptr) return context.Bad("more than one -1");
    left = &wanted.back();
  }
  const int64_t count = CountOf(shape);
  if (left != nullptr) {
    *left = 1;
    const int64_t others = CountOf(wanted);
    if (others > 0 && count % others == 0) *left = count / others;
  }
  // A first number that is the batch's in the file is any number of pictures here.
  if (wanted[0] != 1)
    return context.NotSupported("a first dimension of " + std::to_string(wanted[0]) +
                                "; it must be that of the pictures (0)");
  if (CountOf(wanted) != count)
    return context.Bad("from " + ShapeText(shape) + " to " + ShapeText(wanted));
  return ReshapeTo(context.bottoms[0], wanted);
}

}  // namespace hashlens
