#include "model/caffe/layer_context.h"

#include <algorithm>

#include "base/try.h"

namespace hashlens {
namespace {

Dims WithoutLeadingOnes(const Dims& shape) {
  return {std::ranges::find_if(shape, [](int64_t dim) { return dim != 1; }), shape.end()};
}

}  // namespace

int64_t CountOf(const Dims& shape) {
  int64_t count = 1;
  for (const int64_t dim : shape) {
    if (dim < 1 || dim > static_cast<int64_t>(kMaxBlobValues) / count) return -1;
    count *= dim;
  }
  return count;
}

std::string ShapeText(const Dims& shape) {
  std::string text;
  for (const int64_t dim : shape) text += (text.empty() ? "" : " x ") + std::to_string(dim);
  return text.empty() ? "one number" : text;
}

OvNode FloatConstant(const ov::Shape& shape, const std::vector<float>& values) {
  return ov::opset8::Constant::create(ov::element::f32, shape, values);
}

OvNode IndexConstant(const Dims& values) {
  return ov::opset8::Constant::create(ov::element::i64, {values.size()}, values);
}

OvNode ReshapeTo(const OvNode& node, const Dims& shape) {
  Dims pattern = shape;
  pattern[0] = -1;
  return std::make_shared<ov::opset8::Reshape>(node, IndexConstant(pattern), false);
}

Status LayerContext::Bad(const std::string& text) const {
  return Corruption(layer.where + ": " + text);
}

Status LayerContext::NotSupported(const std::string& text) const {
  return Unsupported(layer.where + ": " + text);
}

Dims LayerContext::Shape(size_t bottom) const {
  Dims shape;
  for (const ov::Dimension& dim : bottoms[bottom].get_partial_shape())
    shape.push_back(dim.is_static() ? dim.get_length() : 1);
  return shape;
}

Status LayerContext::ExpectBottoms(size_t count) const {
  if (bottoms.size() == count) return {};
  return Bad("has " + std::to_string(bottoms.size()) + " bottoms, not " + std::to_string(count));
}

Status LayerContext::ExpectBlobs(size_t count) const {
  if (blobs.size() == count) return {};
  return Bad("the weights have " + std::to_string(blobs.size()) +
             " blobs for it, but the prototxt asks for " + std::to_string(count) +
             "; are both of the same network?");
}

Status LayerContext::ExpectPicture() const {
  HL_TRY(ExpectBottoms(1));
  if (Shape().size() == 4) return {};
  return Bad("its bottom has the shape " + ShapeText(Shape()) +
             ", not 4 dimensions (pictures, channels, height, width)");
}

Result<size_t> LayerContext::Axis(int64_t axis) const {
  const auto rank = static_cast<int64_t>(Shape().size());
  const int64_t from_start = axis < 0 ? axis + rank : axis;
  if (from_start < 0 || from_start >= rank)
    return Bad("axis " + std::to_string(axis) + " is none of a blob of " + std::to_string(rank) +
               " dimensions");
  return static_cast<size_t>(from_start);
}

Result<std::vector<float>> LayerContext::Weights(size_t index, const char* what,
                                                 const Dims& shape) const {
  const CaffeBlob& blob = blobs[index];
  if (WithoutLeadingOnes(blob.shape) != WithoutLeadingOnes(shape)) {
    return Bad(std::string("its ") + what + " in the weights are " + ShapeText(blob.shape) +
               ", but the prototxt asks for " + ShapeText(shape) +
               "; are both of the same network?");
  }
  auto values = BlobValues(blob);
  if (!values.ok()) return Bad(std::string("its ") + what + ": " + values.status().message());
  return values;
}

OvNode LayerContext::Constant(size_t index, const ov::Shape& shape,
                              const std::vector<float>& values) const {
  const OvNode constant = FloatConstant(shape, values);
  constant.get_node()->set_friendly_name(WeightName(layer.param.name(), index));
  return constant;
}

std::string WeightName(const std::string& layer, size_t blob) {
  return layer + "/" + std::to_string(blob);
}

}  // namespace hashlens
