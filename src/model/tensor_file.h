// Named float tensors in one file (the safetensors layout): the weights that training starts from
// and ends with.
//
//   u64 length of the header, little-endian
//   header: JSON object, name -> {"dtype": "F32", "shape": [..], "data_offsets": [begin, end]}
//   values: float32, little-endian, one tensor after the other
#ifndef HASHLENS_MODEL_TENSOR_FILE_H_
#define HASHLENS_MODEL_TENSOR_FILE_H_

#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "base/file.h"
#include "hashlens/status.h"

namespace hashlens {

struct NamedTensor {
  std::vector<int64_t> shape;  // every number at least 1; none for a single value
  std::vector<float> values;   // row-major
};
using NamedTensors = std::map<std::string, NamedTensor>;

// At most 1 GiB. kNotFound, kIoError; kCorruption for sizes that do not fit, values that are
// missing or not finite, or another type than float32. Messages name the file.
Result<NamedTensors> ReadTensorFile(const Path& path);

// Readers see the old or the new file, never a part.
Status WriteTensorFile(const Path& path, const NamedTensors& tensors);

}  // namespace hashlens

#endif  // HASHLENS_MODEL_TENSOR_FILE_H_
