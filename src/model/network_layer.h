// A network cut off behind one of its layers. Internal to src/model.
#ifndef HASHLENS_MODEL_NETWORK_LAYER_H_
#define HASHLENS_MODEL_NETWORK_LAYER_H_

#include <memory>
#include <openvino/openvino.hpp>
#include <string>

#include "hashlens/status.h"

namespace hashlens {

// A model of the same input whose one output is that of `layer`: a tensor of that name (of Caffe: a
// blob, as it is at the end of the network), else an operation of one output. `model` has static
// shapes. kInvalidArgument, with names that are near, for a name that the network does not have,
// that does not depend on the picture, or whose output is not numbers or too many.
Result<std::shared_ptr<ov::Model>> CutAtLayer(const std::shared_ptr<ov::Model>& model,
                                              const std::string& layer);

}  // namespace hashlens

#endif  // HASHLENS_MODEL_NETWORK_LAYER_H_
