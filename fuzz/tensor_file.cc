// Files of tensors in the safetensors layout (model/tensor_file.h).
#include "model/tensor_file.h"

#include "fuzz/scratch_file.h"
#include "fuzz/target.h"

namespace hashlens {
namespace {

void FuzzTensorFile(ByteSpan file) {
  const auto tensors = ReadTensorFile(ScratchFile("tensors", file));
  if (!tensors.ok()) return;
  for (const auto& [name, tensor] : *tensors) {
    uint64_t count = 1;
    for (const int64_t side : tensor.shape) count *= static_cast<uint64_t>(side);
    Require(tensor.values.size() == count, "a tensor has as many values as its shape");
  }
}

const FuzzTarget kTensorFile("tensor_file", FuzzTensorFile);

}  // namespace
}  // namespace hashlens
