// What the kernels of depthwise convolution share; compiled once for each instruction set.
#if defined(HASHLENS_TRAIN_DEPTHWISE_INL_H_) == defined(HWY_TARGET_TOGGLE)
#ifdef HASHLENS_TRAIN_DEPTHWISE_INL_H_
#undef HASHLENS_TRAIN_DEPTHWISE_INL_H_
#else
#define HASHLENS_TRAIN_DEPTHWISE_INL_H_
#endif

#include <algorithm>
#include <cstddef>
#include <type_traits>
#include <utility>

#include "hwy/cache_control.h"
#include "hwy/highway.h"

// Before the body of a lambda.
#undef HASHLENS_BODY
#define HASHLENS_BODY HWY_ATTR __attribute__((always_inline))

HWY_BEFORE_NAMESPACE();
namespace hashlens {
namespace HWY_NAMESPACE {

namespace hn = hwy::HWY_NAMESPACE;

// The baseline gets single lanes: the same code as plain loops.
using Tag = hn::CappedTag<float, HWY_TARGET == HWY_EMU128 ? 1 : 16>;
using OneLane = hn::CappedTag<float, 1>;  // for fewer channels than a vector has lanes
constexpr size_t kLanes = hn::MaxLanes(Tag());

// body(0), body(1), ... as compile-time constants: arrays of vectors indexed so stay in registers.
template <size_t... kIndices, class Body>
HWY_INLINE void UnrolledOver(std::index_sequence<kIndices...> /*indices*/, const Body& body) {
  (body(std::integral_constant<size_t, kIndices>()), ...);
}
template <size_t kCount, class Body>
HWY_INLINE void Unrolled(const Body& body) {
  UnrolledOver(std::make_index_sequence<kCount>(), body);
}
// Of `count` rows or columns from `first` on, which may be negative, those within [0, size).
struct Range {
  HWY_INLINE Range(ptrdiff_t first, size_t count, size_t size)
      : begin(static_cast<size_t>(std::max<ptrdiff_t>(0, -first))),
        end(static_cast<size_t>(std::clamp<ptrdiff_t>(static_cast<ptrdiff_t>(size) - first, 0,
                                                      static_cast<ptrdiff_t>(count)))) {}
  HWY_INLINE bool Has(size_t i) const { return i >= begin && i < end; }
  size_t begin, end;
};

// Brings floats [begin, end) nearer. The kernels go through memory a vector of channels at a time,
// with strides that the CPU foresees badly; what they need next is fetched in the order of its
// addresses.
HWY_INLINE void PrefetchRun(const float* data, size_t begin, size_t end) {
  constexpr size_t kLineFloats = 16;
  for (size_t i = begin; i < end; i += kLineFloats) hwy::Prefetch(data + i);
}

// Columns of the output whose sums or gradients are in registers at a time: where both fit, the
// number that leaves fewer places of the last block of a row empty. Calls rows(block as a
// compile-time constant).
template <class D, class Rows>
HWY_INLINE void WithBlock(D tag, size_t out_width, const Rows& rows) {
  if constexpr (hn::MaxLanes(tag) == 1) {
    rows(std::integral_constant<size_t, 1>());
  } else if (out_width % 4 != 0 && out_width % 3 == 0) {
    rows(std::integral_constant<size_t, 3>());
  } else {
    rows(std::integral_constant<size_t, 4>());
  }
}

}  // namespace HWY_NAMESPACE
}  // namespace hashlens
HWY_AFTER_NAMESPACE();

#endif  // HASHLENS_TRAIN_DEPTHWISE_INL_H_
