#include <algorithm>

#include "train/depthwise_kernel.h"

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "train/depthwise_taps_kernel.cc"
// Vectors of the first have no size at compile time; their CPUs use NEON or plain code. SSSE3 alone
// is not worth its code.
#define HWY_DISABLED_TARGETS (HWY_SVE | HWY_SVE2 | HWY_SVE_256 | HWY_SVE2_128 | HWY_RVV | HWY_SSSE3)
#include "hwy/foreach_target.h"  // IWYU pragma: keep
#include "hwy/highway.h"
#include "train/depthwise_inl.h"

HWY_BEFORE_NAMESPACE();
namespace hashlens {
namespace HWY_NAMESPACE {

// With 32 registers the taps of a 5x5 kernel can be summed in one go, else in groups of rows.
constexpr bool kManyRegisters =
    HWY_TARGET == HWY_AVX3 || HWY_TARGET == HWY_AVX3_DL || HWY_TARGET == HWY_NEON;
// Few enough products in one sum to be accurate in float, and to stay in the second-level cache.
constexpr size_t kBandPixels = 96;

// The gradient of the taps of kGroup kernel rows from `kh_begin` on, of one vector of channels,
// from rows [begin, end) of the output. kBlock output columns are in registers at a time.
template <size_t kKernel, size_t kStride, size_t kBlock, size_t kGroup, class D>
HWY_INLINE void TapsOfRows(D tag, const DepthwiseShape& shape, const float* HWY_RESTRICT in,
                           const float* HWY_RESTRICT out_gradient, size_t begin, size_t end,
                           size_t kh_begin, size_t c, float* HWY_RESTRICT taps_gradient) {
  constexpr size_t kColumns = (kBlock - 1) * kStride + kKernel;
  const ptrdiff_t pixel = static_cast<ptrdiff_t>(shape.channels);
  const ptrdiff_t width = static_cast<ptrdiff_t>(shape.in_width);
  hn::Vec<D> sums[kGroup][kKernel];
  Unrolled<kGroup>([&](auto g) HASHLENS_BODY {
    Unrolled<kKernel>([&](auto kw) HASHLENS_BODY { sums[g][kw] = hn::Zero(tag); });
  });
  for (size_t r = begin; r < end; ++r) {
    const size_t image = r / shape.out_height;
    const ptrdiff_t row = static_cast<ptrdiff_t>((r % shape.out_height) * kStride + kh_begin) -
                          static_cast<ptrdiff_t>(shape.pad_top);
    const Range rows(row, kGroup, shape.in_height);
    const float* plane = in + image * shape.in_height * shape.in_width * shape.channels + c;
    for (size_t ow = 0; ow < shape.out_width; ow += kBlock) {
      const float* from = out_gradient + (r * shape.out_width + ow) * shape.channels + c;
      const size_t count = std::min(kBlock, shape.out_width - ow);
      hn::Vec<D> gradients[kBlock];
      Unrolled<kBlock>([&](auto b) HASHLENS_BODY {
        gradients[b] = b < count ? hn::LoadU(tag, from + b * shape.channels) : hn::Zero(tag);
      });
      const ptrdiff_t column =
          static_cast<ptrdiff_t>(ow * kStride) - static_cast<ptrdiff_t>(shape.pad_left);
      const Range columns(column, (count - 1) * kStride + kKernel, shape.in_width);
      Unrolled<kGroup>([&](auto g) HASHLENS_BODY {
        if (!rows.Has(g)) return;
        const ptrdiff_t line = ((row + static_cast<ptrdiff_t>(g)) * width + column) * pixel;
        Unrolled<kColumns>([&](auto i) HASHLENS_BODY {
          if (!columns.Has(i)) return;
          const auto value = hn::LoadU(tag, plane + (line + static_cast<ptrdiff_t>(i) * pixel));
          Unrolled<kBlock>([&](auto b) HASHLENS_BODY {
            if constexpr (i >= b * kStride && i - b * kStride < kKernel) {
              constexpr size_t kTap = i - b * kStride;
              sums[g][kTap] = hn::MulAdd(value, gradients[b], sums[g][kTap]);
            }
          });
        });
      });
    }
  }
  Unrolled<kGroup>([&](auto g) HASHLENS_BODY {
    Unrolled<kKernel>([&](auto kw) HASHLENS_BODY {
      float* to = taps_gradient + ((kh_begin + g) * kKernel + kw) * shape.channels + c;
      hn::StoreU(hn::Add(hn::LoadU(tag, to), sums[g][kw]), tag, to);
    });
  });
}

template <size_t kKernel, size_t kStride, size_t kBlock, class D>
HWY_NOINLINE void TapsOfVector(D tag, const DepthwiseShape& shape, const float* in,
                               const float* out_gradient, size_t begin, size_t end, size_t c,
                               float* taps_gradient) {
  constexpr size_t kGroup = kKernel == 3 || kManyRegisters || hn::MaxLanes(tag) == 1 ? kKernel : 2;
  size_t kh = 0;
  for (; kh + kGroup <= kKernel; kh += kGroup) {
    TapsOfRows<kKernel, kStride, kBlock, kGroup>(tag, shape, in, out_gradient, begin, end, kh, c,
                                                 taps_gradient);
  }
  if constexpr (kKernel % kGroup != 0) {
    TapsOfRows<kKernel, kStride, kBlock, kKernel % kGroup>(tag, shape, in, out_gradient, begin, end,
                                                           kh, c, taps_gradient);
  }
}

// A band of rows after the other; with each vector of channels a part of the next band is fetched.
template <size_t kKernel, size_t kStride, size_t kBlock>
void TapsInBands(const DepthwiseShape& shape, const float* in, const float* out_gradient,
                 size_t begin, size_t end, float* taps_gradient) {
  const size_t band = std::max<size_t>(1, kBandPixels / shape.out_width);
  const size_t out_row = shape.out_width * shape.channels;
  const size_t in_plane = shape.in_height * shape.in_width * shape.channels;
  const auto in_before = [&](size_t row) {  // floats of the input before output row `row`
    return row / shape.out_height * in_plane +
           row % shape.out_height * kStride * shape.in_width * shape.channels;
  };
  const size_t vectors = shape.channels / kLanes;
  for (size_t row = begin; row < end; row += band) {
    const size_t stop = std::min(end, row + band);
    const size_t next_stop = std::min(end, stop + band);
    const size_t in_begin = in_before(stop), in_size = in_before(next_stop) - in_begin;
    const size_t out_begin = stop * out_row, out_size = (next_stop - stop) * out_row;
    size_t c = 0;
    for (size_t v = 0; v < vectors; ++v, c += kLanes) {
      PrefetchRun(in + in_begin, in_size * v / vectors, in_size * (v + 1) / vectors);
      PrefetchRun(out_gradient + out_begin, out_size * v / vectors, out_size * (v + 1) / vectors);
      TapsOfVector<kKernel, kStride, kBlock>(Tag(), shape, in, out_gradient, row, stop, c,
                                             taps_gradient);
    }
    for (; c < shape.channels; ++c) {
      TapsOfVector<kKernel, kStride, 1>(OneLane(), shape, in, out_gradient, row, stop, c,
                                        taps_gradient);
    }
  }
}

template <size_t kKernel, size_t kStride>
void TapsOf(const DepthwiseShape& shape, const float* in, const float* out_gradient, size_t begin,
            size_t end, float* taps_gradient) {
  WithBlock(Tag(), shape.out_width, [&](auto block) HWY_ATTR {
    TapsInBands<kKernel, kStride, block>(shape, in, out_gradient, begin, end, taps_gradient);
  });
}

void TapsGradient(const DepthwiseShape& shape, const float* in, const float* out_gradient,
                  size_t begin, size_t end, float* taps_gradient) {
  if (shape.kernel == 3) {
    shape.stride == 1 ? TapsOf<3, 1>(shape, in, out_gradient, begin, end, taps_gradient)
                      : TapsOf<3, 2>(shape, in, out_gradient, begin, end, taps_gradient);
  } else {
    shape.stride == 1 ? TapsOf<5, 1>(shape, in, out_gradient, begin, end, taps_gradient)
                      : TapsOf<5, 2>(shape, in, out_gradient, begin, end, taps_gradient);
  }
}

}  // namespace HWY_NAMESPACE
}  // namespace hashlens
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace hashlens {

HWY_EXPORT(TapsGradient);

void DepthwiseTapsGradient(const DepthwiseShape& shape, const float* in, const float* out_gradient,
                           size_t begin, size_t end, float* taps_gradient) {
  HWY_DYNAMIC_DISPATCH(TapsGradient)(shape, in, out_gradient, begin, end, taps_gradient);
}

}  // namespace hashlens
#endif  // HWY_ONCE
