// Single operations of OpenVINO as those of a plan. Internal to src/model.
#ifndef HASHLENS_MODEL_PLAN_OPERATIONS_H_
#define HASHLENS_MODEL_PLAN_OPERATIONS_H_

#include <memory>
#include <openvino/openvino.hpp>

#include "model/network_plan.h"

namespace hashlens {

// Everything of the operation but its operands and its name. `node` has static shapes. kUnsupported
// names the operation and the layer.
Result<PlanOperation> PlanOperationOf(const ov::Node& node);

// How many of a node's inputs are operands; the others are attributes that PlanOperationOf reads.
size_t OperandCount(PlanKind kind, const ov::Node& node);

// 'layer "conv1" (Convolution)'.
std::string LayerText(const ov::Node& node);

}  // namespace hashlens

#endif  // HASHLENS_MODEL_PLAN_OPERATIONS_H_
