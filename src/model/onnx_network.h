// Networks of ONNX files as image -> feature.
#ifndef HASHLENS_MODEL_ONNX_NETWORK_H_
#define HASHLENS_MODEL_ONNX_NETWORK_H_

#include <string>
#include <string_view>

#include "base/file.h"
#include "hashlens/onnx.h"
#include "hashlens/status.h"

namespace hashlens {

struct OnnxNetwork {
  int input_size = 0;  // pixels
  int dim = 0;         // of the feature
  std::string output;  // the tensor that it comes from
};

// Reads the ONNX file (with weights beside it where it has them there) and writes what leads from
// its picture to the feature as `xml` and the .bin beside it: input float32 [N,3,S,S] RGB after
// normalising, output float32 [N,dim]. Runs it on two made-up pictures first: kInvalidArgument when
// the feature does not depend on the picture or is not finite, and for options that do not fit the
// network, saying which inputs and outputs there are. kNotFound, kCorruption (no ONNX file that
// OpenVINO reads), kUnsupported, kIoError.
Result<OnnxNetwork> ImportOnnx(const OnnxImportOptions& options, const Path& xml);

}  // namespace hashlens

#endif  // HASHLENS_MODEL_ONNX_NETWORK_H_
