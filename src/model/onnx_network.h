// Networks of ONNX files as image -> feature.
#ifndef HASHLENS_MODEL_ONNX_NETWORK_H_
#define HASHLENS_MODEL_ONNX_NETWORK_H_

#include <string>
#include <string_view>

#include "base/file.h"
#include "hashlens/onnx.h"
#include "hashlens/status.h"
#include "model/model_package.h"

namespace hashlens {

struct OnnxNetwork {
  NetworkInput input;
  int dim = 0;         // of the feature
  std::string output;  // the tensor that it comes from
};

// Reads the ONNX file (with weights beside it where it has them there) and writes what leads from
// its picture to the feature as `xml`, named network.xml, and the .bin beside it, in a folder for
// this alone: input float32 [N,3,S,S] RGB after normalising (N is 1 where the network has a fixed
// batch), output float32 [N,dim]. Runs what it wrote on two made-up pictures, as a library does:
// kInvalidArgument when the feature does not depend on the picture or is not finite, and for
// options that do not fit the network, saying which inputs and outputs there are. kNotFound,
// kCorruption (no ONNX file that OpenVINO reads), kUnsupported, kIoError.
Result<OnnxNetwork> ImportOnnx(const OnnxImportOptions& options, const Path& xml);

}  // namespace hashlens

#endif  // HASHLENS_MODEL_ONNX_NETWORK_H_
