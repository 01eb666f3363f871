#include "hash/dots.h"

#include <cstring>

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "hash/dots.cc"
// Vectors of these have no size at compile time; their CPUs use NEON or plain code.
#define HWY_DISABLED_TARGETS (HWY_SVE | HWY_SVE2 | HWY_SVE_256 | HWY_SVE2_128 | HWY_RVV)
#include "hwy/foreach_target.h"  // IWYU pragma: keep
#include "hwy/highway.h"

HWY_BEFORE_NAMESPACE();
namespace hashlens {
namespace HWY_NAMESPACE {

namespace hn = hwy::HWY_NAMESPACE;

constexpr size_t kPartials = 16;  // partial sums of one dot product
using Tag = hn::CappedTag<float, kPartials>;
using Vector = hn::Vec<Tag>;
constexpr size_t kLanes = hn::MaxLanes(Tag());
constexpr size_t kVectors = kPartials / kLanes;
// A tile of kTileRows x kTileBits dot products keeps its partial sums in registers.
constexpr size_t kTileRows = kVectors == 1 ? 4 : kVectors == 2 ? 2 : 1;
constexpr size_t kTileBits = kVectors == 1 ? 4 : 2;

template <size_t kRows, size_t kBits>
struct Partials {
  Vector of[kRows][kBits][kVectors];
};

// One step of 16 elements for each row and weight of the tile.
template <size_t kRows, size_t kBits>
HWY_INLINE void Step(const float* HWY_RESTRICT rows, size_t row_stride,
                     const float* HWY_RESTRICT weights, size_t weight_stride,
                     Partials<kRows, kBits>& partials) {
  const Tag tag;
  for (size_t v = 0; v < kVectors; ++v) {
    Vector row[kRows];
    for (size_t r = 0; r < kRows; ++r) row[r] = hn::LoadU(tag, rows + r * row_stride + v * kLanes);
    for (size_t b = 0; b < kBits; ++b) {
      const Vector weight = hn::LoadU(tag, weights + b * weight_stride + v * kLanes);
      for (size_t r = 0; r < kRows; ++r) {
        partials.of[r][b][v] = hn::Add(partials.of[r][b][v], hn::Mul(row[r], weight));
      }
    }
  }
}

// Adds the upper half of the lanes to the lower half until one is left.
template <class D, class V>
HWY_INLINE float FoldLanes(D tag, V lanes) {
  (void)tag;
#if HWY_TARGET != HWY_SCALAR  // which has one lane and no halves
  if constexpr (hn::MaxLanes(D()) > 1) {
    const hn::Half<D> half;
    return FoldLanes(half, hn::Add(hn::LowerHalf(half, lanes), hn::UpperHalf(half, lanes)));
  }
#endif
  return hn::GetLane(lanes);
}

HWY_INLINE float FoldPartials(Vector (&vectors)[kVectors]) {
  for (size_t left = kVectors / 2; left > 0; left /= 2) {
    for (size_t v = 0; v < left; ++v) vectors[v] = hn::Add(vectors[v], vectors[v + left]);
  }
  return FoldLanes(Tag(), vectors[0]);
}

template <size_t kRows, size_t kBits>
HWY_INLINE void Tile(const float* weights, const float* rows, size_t dim, float* sums,
                     size_t sums_stride) {
  Partials<kRows, kBits> partials;
  for (size_t r = 0; r < kRows; ++r) {
    for (size_t b = 0; b < kBits; ++b) {
      for (size_t v = 0; v < kVectors; ++v) partials.of[r][b][v] = hn::Zero(Tag());
    }
  }
  size_t i = 0;
  for (; i + kPartials <= dim; i += kPartials) Step(rows + i, dim, weights + i, dim, partials);
  if (i < dim) {
    float last_rows[kRows * kPartials] = {};
    float last_weights[kBits * kPartials] = {};
    const size_t bytes = (dim - i) * sizeof(float);
    for (size_t r = 0; r < kRows; ++r)
      std::memcpy(last_rows + r * kPartials, rows + r * dim + i, bytes);
    for (size_t b = 0; b < kBits; ++b)
      std::memcpy(last_weights + b * kPartials, weights + b * dim + i, bytes);
    Step(last_rows, kPartials, last_weights, kPartials, partials);
  }
  for (size_t r = 0; r < kRows; ++r) {
    for (size_t b = 0; b < kBits; ++b) sums[r * sums_stride + b] = FoldPartials(partials.of[r][b]);
  }
}

// All rows against kBits weights, which stay in the first-level cache.
template <size_t kBits>
HWY_INLINE void Column(const float* weights, const float* rows, size_t count, size_t dim,
                       float* sums, size_t sums_stride) {
  size_t r = 0;
  for (; r + kTileRows <= count; r += kTileRows) {
    Tile<kTileRows, kBits>(weights, rows + r * dim, dim, sums + r * sums_stride, sums_stride);
  }
  for (; r < count; ++r)
    Tile<1, kBits>(weights, rows + r * dim, dim, sums + r * sums_stride, sums_stride);
}

void Dots(const float* weights, size_t bits, const float* rows, size_t count, size_t dim,
          float* sums) {
  size_t b = 0;
  for (; b + kTileBits <= bits; b += kTileBits) {
    Column<kTileBits>(weights + b * dim, rows, count, dim, sums + b, bits);
  }
  for (; b < bits; ++b) Column<1>(weights + b * dim, rows, count, dim, sums + b, bits);
}

}  // namespace HWY_NAMESPACE
}  // namespace hashlens
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace hashlens {

HWY_EXPORT(Dots);

void Dots(const float* weights, size_t bits, const float* rows, size_t count, size_t dim,
          float* sums) {
  HWY_DYNAMIC_DISPATCH(Dots)(weights, bits, rows, count, dim, sums);
}

}  // namespace hashlens
#endif  // HWY_ONCE
