#include "hash/row_blocks.h"

#include <algorithm>
#include <bit>
#include <string>
#include <vector>

#include "base/try.h"

namespace hashlens {
namespace {

constexpr float kLargest = 1e6f;

Status CheckBlock(std::span<const float> rows, size_t dim, uint64_t first_row) {
  if (AllUsable(rows)) return {};
  size_t row = 0;
  while (AllUsable(rows.subspan(row * dim, dim))) ++row;
  return InvalidArgument(
      "feature " + std::to_string(first_row + row) + " of the source, counted from 0," +
      " holds values that are not finite or far too large for a unit-length feature");
}

Status WrongRows(uint64_t expected) {
  return InvalidArgument("the source of features does not give the " + std::to_string(expected) +
                         " whole rows it announced");
}

}  // namespace

bool AllUsable(std::span<const float> values) {
  // The bits of a float without its sign order as its magnitude does, NaN and infinity last.
  uint32_t largest = 0;
  for (const float value : values)
    largest = std::max(largest, std::bit_cast<uint32_t>(value) & 0x7fffffffu);
  return largest <= std::bit_cast<uint32_t>(kLargest);
}

Status FitCancelled() { return Cancelled("fitting the hash head was cancelled"); }

Status ForEachRowBlock(const FeatureSource& source, std::stop_token stop,
                       const std::function<Status(std::span<const float> rows)>& use) {
  const size_t dim = static_cast<size_t>(source.dim());
  const uint64_t expected = source.rows();
  const size_t capacity = static_cast<size_t>(std::min<uint64_t>(expected, kRowsPerBlock)) * dim;
  std::vector<float> block;
  block.reserve(capacity);
  uint64_t done = 0;
  const auto flush = [&]() -> Status {
    if (stop.stop_requested()) return FitCancelled();
    HL_TRY(CheckBlock(block, dim, done));
    HL_TRY(use(block));
    done += block.size() / dim;
    block.clear();
    return {};
  };
  const auto take = [&](std::span<const float> rows) -> Status {
    if (rows.size() % dim != 0) return WrongRows(expected);
    while (!rows.empty()) {
      if (done + block.size() / dim >= expected) return WrongRows(expected);
      const size_t count = std::min(rows.size(), capacity - block.size());
      block.insert(block.end(), rows.begin(), rows.begin() + static_cast<std::ptrdiff_t>(count));
      rows = rows.subspan(count);
      if (block.size() == capacity) HL_TRY(flush());
    }
    return {};
  };
  HL_TRY(source.ForEachBlock(take));
  if (!block.empty()) HL_TRY(flush());
  return done == expected ? Status() : WrongRows(expected);
}

}  // namespace hashlens
