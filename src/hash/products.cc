#include "hash/products.h"

#include <algorithm>
#include <cstring>

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "hash/products.cc"
// Vectors of these have no size at compile time; their CPUs use NEON or plain code.
#define HWY_DISABLED_TARGETS (HWY_SVE | HWY_SVE2 | HWY_SVE_256 | HWY_SVE2_128 | HWY_RVV)
#include "hwy/foreach_target.h"  // IWYU pragma: keep
#include "hwy/highway.h"

HWY_BEFORE_NAMESPACE();
namespace hashlens {
namespace HWY_NAMESPACE {

namespace hn = hwy::HWY_NAMESPACE;

using Tag = hn::CappedTag<float, 16>;
constexpr size_t kLanes = hn::MaxLanes(Tag());
constexpr size_t kPanel =
    2 * kLanes;                  // columns of a tile; each lane sums one element of the result
constexpr size_t kTileRows = 6;  // a tile's sums and factors fill 16 registers

// The products of one run of terms for kRows x kPanel elements, added to `out` or put there.
// `panel` holds kPanel columns of the right factor, step by step.
template <size_t kRows>
HWY_INLINE void Tile(const LeftFactor& left, const float* HWY_RESTRICT panel, size_t steps,
                     size_t columns, bool add, float* HWY_RESTRICT out, size_t out_stride) {
  const Tag tag;
  hn::Vec<Tag> low[kRows], high[kRows];
  for (size_t r = 0; r < kRows; ++r) low[r] = high[r] = hn::Zero(tag);
  const float* step_left = left.data;
  for (size_t k = 0; k < steps; ++k, step_left += left.step_stride) {
    const auto right_low = hn::Load(tag, panel + k * kPanel);
    const auto right_high = hn::Load(tag, panel + k * kPanel + kLanes);
    for (size_t r = 0; r < kRows; ++r) {
      const auto factor = hn::Set(tag, step_left[r * left.row_stride]);
      low[r] = hn::Add(low[r], hn::Mul(factor, right_low));
      high[r] = hn::Add(high[r], hn::Mul(factor, right_high));
    }
  }
  for (size_t r = 0; r < kRows; ++r) {
    HWY_ALIGN float sums[kPanel];
    hn::Store(low[r], tag, sums);
    hn::Store(high[r], tag, sums + kLanes);
    float* row = out + r * out_stride;
    for (size_t j = 0; j < columns; ++j) row[j] = add ? row[j] + sums[j] : sums[j];
  }
}

void Product(const LeftFactor& left, const float* right, size_t right_stride, size_t rows,
             size_t columns, size_t steps, float* out, size_t out_stride) {
  HWY_ALIGN float panel[kProductSteps * kPanel];
  for (size_t k = 0; k < steps; k += kProductSteps) {
    const size_t run = std::min(kProductSteps, steps - k);
    for (size_t j = 0; j < columns; j += kPanel) {
      const size_t width = std::min(kPanel, columns - j);
      std::fill_n(panel, run * kPanel, 0.0f);
      for (size_t s = 0; s < run; ++s) {
        std::memcpy(panel + s * kPanel, right + (k + s) * right_stride + j, width * sizeof(float));
      }
      LeftFactor part = left;
      part.data += k * left.step_stride;
      size_t i = 0;
      for (; i + kTileRows <= rows; i += kTileRows, part.data += kTileRows * left.row_stride) {
        Tile<kTileRows>(part, panel, run, width, k > 0, out + i * out_stride + j, out_stride);
      }
      for (; i < rows; ++i, part.data += left.row_stride) {
        Tile<1>(part, panel, run, width, k > 0, out + i * out_stride + j, out_stride);
      }
    }
  }
}

}  // namespace HWY_NAMESPACE
}  // namespace hashlens
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace hashlens {

HWY_EXPORT(Product);

void Product(const LeftFactor& left, const float* right, size_t right_stride, size_t rows,
             size_t columns, size_t steps, float* out, size_t out_stride) {
  HWY_DYNAMIC_DISPATCH(Product)(left, right, right_stride, rows, columns, steps, out, out_stride);
}

}  // namespace hashlens
#endif  // HWY_ONCE
