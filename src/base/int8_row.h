// The 8-bit form of a row of fp16 values: the row's range, and where in it each value lies.
// docs/FORMAT.md, "Feature file", is the specification.
#ifndef HASHLENS_BASE_INT8_ROW_H_
#define HASHLENS_BASE_INT8_ROW_H_

#include <cstddef>
#include <cstdint>
#include <span>

#include "base/bytes.h"

namespace hashlens {

// Lowest and highest value as fp16, then a byte for each value.
constexpr size_t Int8RowBytes(size_t dim) { return 4 + dim; }

// Every value becomes the nearest of the 256 that the row's range has; the lowest and the highest
// stay as they are. What DecodeInt8Row gives is encoded and decoded again to the very same numbers.
// row: Int8RowBytes(values.size()). False when a value is not finite; then `row` says nothing.
bool EncodeInt8Row(std::span<const uint16_t> values, std::span<std::byte> row);

// values: fp16, row.size() - 4 of them. False for a range that EncodeInt8Row does not write.
bool DecodeInt8Row(ByteSpan row, std::span<uint16_t> values);

}  // namespace hashlens

#endif  // HASHLENS_BASE_INT8_ROW_H_
