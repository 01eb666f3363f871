// NumPy's .npy files, for giving data to other programs and taking it from them.
#ifndef HASHLENS_LIBRARY_NPY_H_
#define HASHLENS_LIBRARY_NPY_H_

#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/file.h"

namespace hashlens {

// A new file with its header written. type: "|u1", "<u8", "<f2", ... ; shape: the dimensions.
Result<FileWriter> CreateNpy(const Path& path, std::string_view type,
                             std::span<const uint64_t> shape);

// The header of an array of these dimensions, in C order.
std::string NpyHeader(std::string_view type, std::span<const uint64_t> shape);

// Header of a file that is not finished: `rows` times `columns` values. All have the same size, so
// that a later one takes the place of an earlier one.
std::string NpyRowsHeader(std::string_view type, uint64_t rows, uint64_t columns);

// Rows of bytes ("|u1", two dimensions, C order).
struct ByteRows {
  uint64_t rows = 0;
  uint64_t columns = 0;
  std::vector<uint8_t> values;
};
// kInvalidArgument for any other array; at most `most` bytes.
Result<ByteRows> ReadNpyBytes(const Path& path, uint64_t most);

}  // namespace hashlens

#endif  // HASHLENS_LIBRARY_NPY_H_
