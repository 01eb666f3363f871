// Networks of ONNX files as text -> feature.
#ifndef HASHLENS_MODEL_ONNX_TEXT_H_
#define HASHLENS_MODEL_ONNX_TEXT_H_

#include <string>

#include "base/file.h"
#include "hashlens/onnx.h"
#include "hashlens/status.h"

namespace hashlens {

// Reads options.text_onnx and writes what leads from its tokens to the feature as `xml` and the
// .bin beside it: inputs int32 or int64 [1,T], output float32 [1,dim]. Runs it behind
// options.tokenizer on a few texts first: kInvalidArgument when the feature does not depend on the
// text, is not finite or has not dim numbers (of the pictures' features), for a tokenizer that does
// not fit, and for options that do not fit the network. kUnsupported for what OpenVINO cannot run,
// kCorruption for what it cannot read; kNotFound, also without OpenVINO's tokenizers; kIoError.
// Gives the name of the tensor that is the feature.
Result<std::string> ImportOnnxText(const OnnxImportOptions& options, int dim, const Path& xml);

}  // namespace hashlens

#endif  // HASHLENS_MODEL_ONNX_TEXT_H_
