// NumPy's files: means (model/caffe/npy_array.h), and rows of codes (library/npy.h).
#include "library/npy.h"

#include "fuzz/scratch_file.h"
#include "fuzz/target.h"
#include "model/caffe/npy_array.h"

namespace hashlens {
namespace {

void FuzzNpy(ByteSpan file) {
  const auto array = ParseNpy(file);
  if (array.ok()) {
    uint64_t count = 1;
    for (const uint64_t dim : array->shape) count *= dim;
    Require(array->values.size() == count, "an array has as many values as its shape");
  }
  const auto rows = ReadNpyBytes(ScratchFile("codes.npy", file), uint64_t{1} << 20);
  if (rows.ok())
    Require(rows->values.size() == rows->rows * rows->columns, "as many bytes as rows and columns");
}

const FuzzTarget kNpy("npy", FuzzNpy);

}  // namespace
}  // namespace hashlens
