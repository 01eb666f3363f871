// A network's files as OpenVINO's model. Internal to src/model.
#ifndef HASHLENS_MODEL_READ_NETWORK_H_
#define HASHLENS_MODEL_READ_NETWORK_H_

#include <memory>
#include <openvino/openvino.hpp>

#include "model/package_files.h"

namespace hashlens {

// The model has a copy of the weights. Throws what OpenVINO throws (openvino_errors.h).
std::shared_ptr<ov::Model> ReadNetworkModel(ov::Core* core, const NetworkBytes& bytes);

}  // namespace hashlens

#endif  // HASHLENS_MODEL_READ_NETWORK_H_
