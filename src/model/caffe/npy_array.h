// Arrays of NumPy's .npy files. Internal to src/model/caffe.
#ifndef HASHLENS_MODEL_CAFFE_NPY_ARRAY_H_
#define HASHLENS_MODEL_CAFFE_NPY_ARRAY_H_

#include <cstdint>
#include <vector>

#include "base/bytes.h"
#include "hashlens/status.h"

namespace hashlens {

struct NpyArray {
  std::vector<uint64_t> shape;  // each at least 1
  std::vector<float> values;    // all finite
};

// float32 or float64, little-endian, in C order, of at most 2^28 values; format versions 1 to 3.
// kInvalidArgument for another array, kCorruption for one that is damaged; without a path.
Result<NpyArray> ParseNpy(ByteSpan file);

}  // namespace hashlens

#endif  // HASHLENS_MODEL_CAFFE_NPY_ARRAY_H_
