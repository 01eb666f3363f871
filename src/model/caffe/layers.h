// The layers of Caffe, as nodes of OpenVINO. Each gives its one top. kCorruption for a layer that
// contradicts itself, its bottoms or its weights, kUnsupported for what is not taken; messages name
// the layer. Internal to src/model/caffe.
#ifndef HASHLENS_MODEL_CAFFE_LAYERS_H_
#define HASHLENS_MODEL_CAFFE_LAYERS_H_

#include "model/caffe/layer_context.h"

namespace hashlens {

// layers_weighted.cc
Result<OvNode> BuildConvolution(const LayerContext& context);
Result<OvNode> BuildInnerProduct(const LayerContext& context);
Result<OvNode> BuildPRelu(const LayerContext& context);
Result<OvNode> BuildScale(const LayerContext& context);
Result<OvNode> BuildBatchNorm(const LayerContext& context);
// layers_pooling.cc
Result<OvNode> BuildPooling(const LayerContext& context);
// layers_plain.cc
Result<OvNode> BuildRelu(const LayerContext& context);
Result<OvNode> BuildSigmoid(const LayerContext& context);
Result<OvNode> BuildTanH(const LayerContext& context);
Result<OvNode> BuildSoftmax(const LayerContext& context);
Result<OvNode> BuildLrn(const LayerContext& context);
Result<OvNode> BuildDropout(const LayerContext& context);
Result<OvNode> BuildSplit(const LayerContext& context);
// layers_shape.cc
Result<OvNode> BuildConcat(const LayerContext& context);
Result<OvNode> BuildEltwise(const LayerContext& context);
Result<OvNode> BuildFlatten(const LayerContext& context);
Result<OvNode> BuildReshape(const LayerContext& context);

}  // namespace hashlens

#endif  // HASHLENS_MODEL_CAFFE_LAYERS_H_
