// How networks are compiled, of what a caller asked for. Internal to src/model.
#ifndef HASHLENS_MODEL_OPENVINO_SETTINGS_H_
#define HASHLENS_MODEL_OPENVINO_SETTINGS_H_

#include <openvino/openvino.hpp>
#include <string_view>

#include "model/encoder.h"

namespace hashlens {

// "GPU.1" and "AUTO:GPU,CPU" begin with the name of a device or of a way of choosing one.
std::string_view FirstName(std::string_view device);

ov::AnyMap CompileSettings(const EncoderOptions& options);

}  // namespace hashlens

#endif  // HASHLENS_MODEL_OPENVINO_SETTINGS_H_
