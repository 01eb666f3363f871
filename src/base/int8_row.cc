#include "base/int8_row.h"

#include <algorithm>
#include <array>
#include <cassert>
#include <cmath>

#include "base/half.h"

namespace hashlens {
namespace {

constexpr int kSteps = 255;
constexpr size_t kRangeBytes = 4;

bool IsFinite(uint16_t half) { return (half & 0x7c00u) != 0x7c00u; }

// The fp16 value of each byte, rising. Differences of fp16 values and their products with a byte
// are exact in double, so that nothing depends on how a machine contracts operations.
std::array<uint16_t, kSteps + 1> Levels(uint16_t low_half, uint16_t high_half) {
  const double low = FloatFromHalf(low_half);
  const double range = FloatFromHalf(high_half) - low;
  std::array<uint16_t, kSteps + 1> levels;
  for (int i = 0; i <= kSteps; ++i)
    levels[static_cast<size_t>(i)] = HalfFromFloat(static_cast<float>(low + range * i / kSteps));
  return levels;
}

}  // namespace

bool EncodeInt8Row(std::span<const uint16_t> values, std::span<std::byte> row) {
  assert(row.size() == Int8RowBytes(values.size()));
  uint16_t low_half = 0;
  uint16_t high_half = 0;
  float low = HUGE_VALF;
  float high = -HUGE_VALF;
  for (const uint16_t half : values) {
    if (!IsFinite(half)) return false;
    const float value = FloatFromHalf(half);
    if (value < low) {
      low = value;
      low_half = half;
    }
    if (value > high) {
      high = value;
      high_half = half;
    }
  }
  for (size_t i = 0; i < 2; ++i) {
    row[i] = static_cast<std::byte>(low_half >> (8 * i) & 0xff);
    row[2 + i] = static_cast<std::byte>(high_half >> (8 * i) & 0xff);
  }
  const auto levels = Levels(low_half, high_half);
  const double range = double{high} - low;
  for (size_t i = 0; i < values.size(); ++i) {
    const float value = FloatFromHalf(values[i]);
    const int near =
        range > 0 ? static_cast<int>(std::lround((value - double{low}) * kSteps / range)) : 0;
    // Rounding to fp16 can make a neighbour the nearer one.
    int best = near;
    const auto error = [&](int level) {
      return std::abs(FloatFromHalf(levels[static_cast<size_t>(level)]) - value);
    };
    for (const int other : {near - 1, near + 1}) {
      if (other >= 0 && other <= kSteps && error(other) < error(best)) best = other;
    }
    row[kRangeBytes + i] = static_cast<std::byte>(best);
  }
  return true;
}

bool DecodeInt8Row(ByteSpan row, std::span<uint16_t> values) {
  assert(row.size() == Int8RowBytes(values.size()));
  const auto low = LoadLittleEndian<uint16_t>(row.data());
  const auto high = LoadLittleEndian<uint16_t>(row.data() + 2);
  if (!IsFinite(low) || !IsFinite(high) || FloatFromHalf(low) > FloatFromHalf(high)) return false;
  const auto levels = Levels(low, high);
  const ByteSpan bytes = row.subspan(kRangeBytes);
  std::transform(bytes.begin(), bytes.end(), values.begin(),
                 [&](std::byte level) { return levels[std::to_integer<size_t>(level)]; });
  return true;
}

}  // namespace hashlens
