// What building one layer of a Caffe network needs, and the constants that builders share. Internal
// to src/model/caffe.
#ifndef HASHLENS_MODEL_CAFFE_LAYER_CONTEXT_H_
#define HASHLENS_MODEL_CAFFE_LAYER_CONTEXT_H_

#include <openvino/openvino.hpp>
#include <openvino/opsets/opset8.hpp>
#include <string>
#include <vector>

#include "model/caffe/blob_file.h"
#include "model/caffe/prototxt.h"

namespace hashlens {

using OvNode = ov::Output<ov::Node>;
using Dims = std::vector<int64_t>;

// A view; dies with what it was made of.
struct LayerContext {
  const CaffeLayer& layer;
  const std::vector<OvNode>& bottoms;   // first dimension: any number of pictures
  const std::vector<CaffeBlob>& blobs;  // the layer's weights

  // "FILE:LINE: layer "NAME" (TYPE): text".
  Status Bad(const std::string& text) const;           // kCorruption
  Status NotSupported(const std::string& text) const;  // kUnsupported

  // As Caffe sees the bottom, with 1 for the number of pictures.
  Dims Shape(size_t bottom = 0) const;
  // kCorruption unless the layer has as many.
  Status ExpectBottoms(size_t count) const;
  Status ExpectBlobs(size_t count) const;
  // [N,C,H,W].
  Status ExpectPicture() const;
  // -1 is the last one; kCorruption for none of the bottom's.
  Result<size_t> Axis(int64_t axis) const;
  // The values of a blob that must have this shape (ones in front do not count). `what` names it in
  // messages.
  Result<std::vector<float>> Weights(size_t index, const char* what, const Dims& shape) const;
  // Values of a blob as a constant, which is named after layer and blob (WeightName).
  OvNode Constant(size_t index, const ov::Shape& shape, const std::vector<float>& values) const;
};

// The name of the constant that holds a layer's blob: "conv1/0".
std::string WeightName(const std::string& layer, size_t blob);
// Of the factors and summands of a BatchNorm, which Caffe does not have: 1 and 0.
inline std::string NormFactorName(const std::string& layer) { return layer + "/factor"; }
inline std::string NormShiftName(const std::string& layer) { return layer + "/shift"; }

// The product; -1 when it is over 2^28 or a dimension is below 1.
int64_t CountOf(const Dims& shape);
// "3 x 4".
std::string ShapeText(const Dims& shape);

OvNode FloatConstant(const ov::Shape& shape, const std::vector<float>& values);
OvNode IndexConstant(const Dims& values);
// The bottom with this shape, of which the first number is 1 and means any number of pictures.
OvNode ReshapeTo(const OvNode& node, const Dims& shape);

}  // namespace hashlens

#endif  // HASHLENS_MODEL_CAFFE_LAYER_CONTEXT_H_
