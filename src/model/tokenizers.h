// OpenVINO with the operations of its tokenizers, which are a library of their own. Internal to
// src/model.
#ifndef HASHLENS_MODEL_TOKENIZERS_H_
#define HASHLENS_MODEL_TOKENIZERS_H_

#include "base/file.h"
#include "hashlens/status.h"

namespace ov {
class Core;
}

namespace hashlens {

// libopenvino_tokenizers.so: what $HASHLENS_TOKENIZERS names (the file, or its folder); else beside
// libopenvino.so, or where Python's package openvino-tokenizers has it when OpenVINO comes from
// Python's package, too. kNotFound says where it was looked for.
Result<Path> FindTokenizers();

// One for the process, made by the first call that finds the library. kNotFound without it,
// kUnsupported when it does not fit this OpenVINO. Thread-safe.
Result<ov::Core*> TokenizerCore();

}  // namespace hashlens

#endif  // HASHLENS_MODEL_TOKENIZERS_H_
