#include "train/depthwise_kernel.h"

#include <algorithm>
#include <utility>

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "train/depthwise_kernel.cc"
// Vectors of these have no size at compile time; their CPUs use NEON or plain code.
#define HWY_DISABLED_TARGETS (HWY_SVE | HWY_SVE2 | HWY_SVE_256 | HWY_SVE2_128 | HWY_RVV)
#include "hwy/foreach_target.h"  // IWYU pragma: keep
#include "hwy/highway.h"

HWY_BEFORE_NAMESPACE();
namespace hashlens {
namespace HWY_NAMESPACE {

namespace hn = hwy::HWY_NAMESPACE;

using Tag = hn::CappedTag<float, 16>;
using OneLane = hn::CappedTag<float, 1>;  // for fewer channels than a vector has lanes
constexpr size_t kLanes = hn::MaxLanes(Tag());
// With 32 registers the taps of a 5x5 kernel can be summed in one go, else in groups of rows.
constexpr bool kManyRegisters =
    HWY_TARGET == HWY_AVX3 || HWY_TARGET == HWY_AVX3_DL || HWY_TARGET == HWY_NEON;
constexpr size_t kTapsBytes = 16 << 10;  // taps of a run of channels, for the first-level cache
// Output columns whose sums stay in registers. Single lanes are rare: small code will do.
template <class D>
constexpr size_t kMaxBlock = hn::MaxLanes(D()) == 1 ? 2 : 6;

// body(0), body(1), ... as compile-time constants: arrays of vectors indexed so stay in registers.
template <size_t... kIndices, class Body>
HWY_INLINE void UnrolledOver(std::index_sequence<kIndices...> /*indices*/, const Body& body) {
  (body(std::integral_constant<size_t, kIndices>()), ...);
}
template <size_t kCount, class Body>
HWY_INLINE void Unrolled(const Body& body) {
  UnrolledOver(std::make_index_sequence<kCount>(), body);
}
#define HASHLENS_BODY __attribute__((always_inline))

// Of `count` rows or columns from `first` on, which may be negative, those within [0, size).
struct Range {
  HWY_INLINE Range(ptrdiff_t first, size_t count, size_t size)
      : begin(static_cast<size_t>(std::max<ptrdiff_t>(0, -first))),
        end(static_cast<size_t>(std::clamp<ptrdiff_t>(static_cast<ptrdiff_t>(size) - first, 0,
                                                      static_cast<ptrdiff_t>(count)))) {}
  HWY_INLINE bool Has(size_t i) const { return i >= begin && i < end; }
  size_t begin, end;
};

// The channels that one pass works on. The last vector may overlap the one before.
struct Channels {
  size_t begin, end;
};
template <class D>
HWY_INLINE size_t VectorAt(D tag, size_t c, Channels channels) {
  return std::min(c, channels.end - hn::MaxLanes(tag));
}

// What the blocks of one row of the result read. Offsets are in floats and may point outside of the
// plane; what lies there is not read.
struct Source {
  const float* plane;  // of one image
  size_t height, width;
  size_t channels;  // of a pixel
};
struct Taps {
  const float* first;
  ptrdiff_t stride;  // from tap to tap; negative where the kernel is turned around
};

// kBlock columns of a row: sum over the taps of in[row + kh][column * kStride + kw] * taps[kh][kw].
template <size_t kKernel, size_t kStride, size_t kBlock, class D>
HWY_INLINE void GatherBlock(D tag, const Source& in, Taps taps, ptrdiff_t row, ptrdiff_t column,
                            Channels channels, float* HWY_RESTRICT out) {
  constexpr size_t kColumns = (kBlock - 1) * kStride + kKernel;
  const Range rows(row, kKernel, in.height);
  const Range columns(column, kColumns, in.width);
  const ptrdiff_t pixel = static_cast<ptrdiff_t>(in.channels);
  const ptrdiff_t corner = (row * static_cast<ptrdiff_t>(in.width) + column) * pixel;
  for (size_t next = channels.begin; next < channels.end; next += hn::MaxLanes(tag)) {
    const ptrdiff_t c = static_cast<ptrdiff_t>(VectorAt(tag, next, channels));
    hn::Vec<D> sums[kBlock];
    Unrolled<kBlock>([&](auto b) HASHLENS_BODY { sums[b] = hn::Zero(tag); });
    for (size_t kh = rows.begin; kh < rows.end; ++kh) {
      const ptrdiff_t line = corner + static_cast<ptrdiff_t>(kh * in.width) * pixel + c;
      const float* line_taps = taps.first + static_cast<ptrdiff_t>(kh * kKernel) * taps.stride + c;
      hn::Vec<D> weights[kKernel];
      Unrolled<kKernel>([&](auto kw) HASHLENS_BODY {
        weights[kw] = hn::LoadU(tag, line_taps + static_cast<ptrdiff_t>(kw) * taps.stride);
      });
      Unrolled<kColumns>([&](auto i) HASHLENS_BODY {
        if (!columns.Has(i)) return;
        const auto value = hn::LoadU(tag, in.plane + (line + static_cast<ptrdiff_t>(i) * pixel));
        Unrolled<kBlock>([&](auto b) HASHLENS_BODY {
          if constexpr (i >= b * kStride && i - b * kStride < kKernel) {
            sums[b] = hn::MulAdd(value, weights[i - b * kStride], sums[b]);
          }
        });
      });
    }
    Unrolled<kBlock>([&](auto b) HASHLENS_BODY {
      hn::StoreU(sums[b], tag, out + (static_cast<ptrdiff_t>(b * in.channels) + c));
    });
  }
}

// The gradient of the input at stride 2: result columns 2 * u and 2 * u + 1 (counted with the
// padding) for kBlock values of u. Column 2 * u + r sums in[u - m] * taps[r + 2 * m] over m, rows
// likewise: `row` is the last one that counts, with tap row `first_tap`. Stores only the result
// columns in `stored`, the first of which goes to `out`.
template <size_t kKernel, size_t kBlock, class D>
HWY_INLINE void ScatterBlock(D tag, const Source& in, Taps taps, ptrdiff_t row, size_t first_tap,
                             ptrdiff_t u, Channels channels, Range stored,
                             float* HWY_RESTRICT out) {
  constexpr size_t kReach = (kKernel + 1) / 2;  // taps of an even column
  constexpr size_t kColumns = kBlock + kReach - 1;
  const ptrdiff_t column = u - static_cast<ptrdiff_t>(kReach - 1);
  const Range columns(column, kColumns, in.width);
  const ptrdiff_t pixel = static_cast<ptrdiff_t>(in.channels);
  for (size_t next = channels.begin; next < channels.end; next += hn::MaxLanes(tag)) {
    const ptrdiff_t c = static_cast<ptrdiff_t>(VectorAt(tag, next, channels));
    hn::Vec<D> sums[2 * kBlock];
    Unrolled<2 * kBlock>([&](auto b) HASHLENS_BODY { sums[b] = hn::Zero(tag); });
    ptrdiff_t from = row;
    for (size_t kh = first_tap; kh < kKernel; kh += 2, --from) {
      if (from < 0 || from >= static_cast<ptrdiff_t>(in.height)) continue;
      const ptrdiff_t line = (from * static_cast<ptrdiff_t>(in.width) + column) * pixel + c;
      const float* line_taps = taps.first + static_cast<ptrdiff_t>(kh * kKernel) * taps.stride + c;
      hn::Vec<D> weights[kKernel];
      Unrolled<kKernel>([&](auto kw) HASHLENS_BODY {
        weights[kw] = hn::LoadU(tag, line_taps + static_cast<ptrdiff_t>(kw) * taps.stride);
      });
      Unrolled<kColumns>([&](auto i) HASHLENS_BODY {
        if (!columns.Has(i)) return;
        const auto value = hn::LoadU(tag, in.plane + (line + static_cast<ptrdiff_t>(i) * pixel));
        Unrolled<kKernel>([&](auto kw) HASHLENS_BODY {
          // In column i is u + i - (kReach - 1), and tap kw brings it to u + kw / 2 further on.
          constexpr size_t kTo = i + kw / 2;
          if constexpr (kTo >= kReach - 1 && kTo - (kReach - 1) < kBlock) {
            constexpr size_t kSum = 2 * (kTo - (kReach - 1)) + kw % 2;
            sums[kSum] = hn::MulAdd(value, weights[kw], sums[kSum]);
          }
        });
      });
    }
    Unrolled<2 * kBlock>([&](auto b) HASHLENS_BODY {
      if (stored.Has(b)) {
        hn::StoreU(sums[b], tag,
                   out + (static_cast<ptrdiff_t>((b - stored.begin) * in.channels) + c));
      }
    });
  }
}

// Calls block(size as a compile-time constant, first column) for blocks of at most kMax columns of
// about the same size.
template <size_t kMax, class Block>
HWY_INLINE void InBlocks(size_t columns, const Block& block) {
  const size_t blocks = (columns + kMax - 1) / kMax;
  size_t column = 0;
  for (size_t left = blocks; left > 0; --left) {
    const size_t size = (columns - column + left - 1) / left;
    Unrolled<kMax>([&](auto i) HASHLENS_BODY {
      if (size == i + 1) block(std::integral_constant<size_t, i + 1>(), column);
    });
    column += size;
  }
}

// Calls part(image, first row, end, channels) so that each part's taps fit the first-level cache.
template <class D, class Part>
HWY_INLINE void InParts(D tag, const DepthwiseShape& shape, size_t height, size_t begin, size_t end,
                        const Part& part) {
  const size_t lanes = hn::MaxLanes(tag);
  const size_t run =
      std::max(lanes, kTapsBytes / (shape.kernel * shape.kernel * sizeof(float)) / lanes * lanes);
  for (size_t row = begin; row < end;) {
    const size_t image = row / height;
    const size_t stop = std::min(end, (image + 1) * height);
    for (size_t c = 0; c < shape.channels; c += run) {
      // A run shorter than a vector begins earlier, and does some channels again.
      const size_t last = std::min(shape.channels, c + run);
      part(image, row - image * height, stop - image * height,
           Channels{std::min(c, last - lanes), last});
    }
    row = stop;
  }
}

template <size_t kKernel, size_t kStride, class D>
HWY_NOINLINE void GatherRows(D tag, const DepthwiseShape& shape, const float* in, Taps taps,
                             size_t begin, size_t end, float* out) {
  const size_t channels = shape.channels;
  InParts(tag, shape, shape.out_height, begin, end,
          [&](size_t image, size_t first, size_t last, Channels run) HASHLENS_BODY {
            const Source source{in + image * shape.in_height * shape.in_width * channels,
                                shape.in_height, shape.in_width, channels};
            for (size_t oh = first; oh < last; ++oh) {
              float* line = out + (image * shape.out_height + oh) * shape.out_width * channels;
              const ptrdiff_t row =
                  static_cast<ptrdiff_t>(oh * kStride) - static_cast<ptrdiff_t>(shape.pad_top);
              InBlocks<kMaxBlock<D>>(shape.out_width, [&](auto block, size_t ow) HASHLENS_BODY {
                GatherBlock<kKernel, kStride, block>(
                    tag, source, taps, row,
                    static_cast<ptrdiff_t>(ow * kStride) - static_cast<ptrdiff_t>(shape.pad_left),
                    run, line + ow * channels);
              });
            }
          });
}

template <size_t kKernel, class D>
HWY_NOINLINE void ScatterRows(D tag, const DepthwiseShape& shape, const float* out_gradient,
                              Taps taps, size_t begin, size_t end, float* in_gradient) {
  const size_t channels = shape.channels;
  const size_t first_u = shape.pad_left / 2;
  const size_t end_u = (shape.pad_left + shape.in_width + 1) / 2;
  InParts(
      tag, shape, shape.in_height, begin, end,
      [&](size_t image, size_t first, size_t last, Channels run) HASHLENS_BODY {
        const Source source{out_gradient + image * shape.out_height * shape.out_width * channels,
                            shape.out_height, shape.out_width, channels};
        for (size_t ih = first; ih < last; ++ih) {
          float* line = in_gradient + (image * shape.in_height + ih) * shape.in_width * channels;
          const size_t padded_row = ih + shape.pad_top;
          InBlocks<kMaxBlock<D> / 2>(end_u - first_u, [&](auto block, size_t at) HASHLENS_BODY {
            const size_t u = first_u + at;
            const ptrdiff_t column =
                static_cast<ptrdiff_t>(2 * u) - static_cast<ptrdiff_t>(shape.pad_left);
            const Range stored(column, 2 * block, shape.in_width);
            const size_t to = static_cast<size_t>(std::max<ptrdiff_t>(column, 0));
            ScatterBlock<kKernel, block>(tag, source, taps, static_cast<ptrdiff_t>(padded_row / 2),
                                         padded_row % 2, static_cast<ptrdiff_t>(u), run, stored,
                                         line + to * channels);
          });
        }
      });
}

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
  constexpr size_t kGroup = kKernel == 3 || kManyRegisters ? kKernel : 2;
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

// Few enough products in one sum to be accurate in float, and to stay in the second-level cache.
constexpr size_t kBandPixels = 96;

template <size_t kKernel, size_t kStride>
void TapsInBands(const DepthwiseShape& shape, const float* in, const float* out_gradient,
                 size_t begin, size_t end, float* taps_gradient) {
  const size_t band = std::max<size_t>(1, kBandPixels / shape.out_width);
  // Fewer columns that are not there in the last block of a row.
  const bool by_three = shape.out_width % 4 != 0 && shape.out_width % 3 == 0;
  for (size_t row = begin; row < end; row += band) {
    const size_t stop = std::min(end, row + band);
    size_t c = 0;
    for (; c + kLanes <= shape.channels; c += kLanes) {
      if (by_three) {
        TapsOfVector<kKernel, kStride, 3>(Tag(), shape, in, out_gradient, row, stop, c,
                                          taps_gradient);
      } else {
        TapsOfVector<kKernel, kStride, 4>(Tag(), shape, in, out_gradient, row, stop, c,
                                          taps_gradient);
      }
    }
    for (; c < shape.channels; ++c) {
      TapsOfVector<kKernel, kStride, 1>(OneLane(), shape, in, out_gradient, row, stop, c,
                                        taps_gradient);
    }
  }
}

template <size_t kKernel, class D>
void GatherAnyStride(D tag, const DepthwiseShape& shape, const float* in, Taps taps, size_t begin,
                     size_t end, float* out) {
  if (shape.stride == 1) {
    GatherRows<kKernel, 1>(tag, shape, in, taps, begin, end, out);
  } else {
    GatherRows<kKernel, 2>(tag, shape, in, taps, begin, end, out);
  }
}

template <class D>
void ForwardHere(D tag, const DepthwiseShape& shape, const float* in, const float* taps,
                 size_t begin, size_t end, float* out) {
  const Taps forward{taps, static_cast<ptrdiff_t>(shape.channels)};
  if (shape.kernel == 3) {
    GatherAnyStride<3>(tag, shape, in, forward, begin, end, out);
  } else {
    GatherAnyStride<5>(tag, shape, in, forward, begin, end, out);
  }
}

template <class D>
void InputGradientHere(D tag, const DepthwiseShape& shape, const float* out_gradient,
                       const float* taps, size_t begin, size_t end, float* in_gradient) {
  const ptrdiff_t step = static_cast<ptrdiff_t>(shape.channels);
  if (shape.stride == 1) {
    // A convolution by the kernel turned around; SAME padding is the same from both ends.
    const Taps turned{taps + (shape.kernel * shape.kernel - 1) * shape.channels, -step};
    if (shape.kernel == 3) {
      GatherRows<3, 1>(tag, shape, out_gradient, turned, begin, end, in_gradient);
    } else {
      GatherRows<5, 1>(tag, shape, out_gradient, turned, begin, end, in_gradient);
    }
  } else if (shape.kernel == 3) {
    ScatterRows<3>(tag, shape, out_gradient, Taps{taps, step}, begin, end, in_gradient);
  } else {
    ScatterRows<5>(tag, shape, out_gradient, Taps{taps, step}, begin, end, in_gradient);
  }
}

void Forward(const DepthwiseShape& shape, const float* in, const float* taps, size_t begin,
             size_t end, float* out) {
  if (shape.channels >= kLanes) {
    ForwardHere(Tag(), shape, in, taps, begin, end, out);
  } else {
    ForwardHere(OneLane(), shape, in, taps, begin, end, out);
  }
}

void InputGradient(const DepthwiseShape& shape, const float* out_gradient, const float* taps,
                   size_t begin, size_t end, float* in_gradient) {
  if (shape.channels >= kLanes) {
    InputGradientHere(Tag(), shape, out_gradient, taps, begin, end, in_gradient);
  } else {
    InputGradientHere(OneLane(), shape, out_gradient, taps, begin, end, in_gradient);
  }
}

void TapsGradient(const DepthwiseShape& shape, const float* in, const float* out_gradient,
                  size_t begin, size_t end, float* taps_gradient) {
  if (shape.kernel == 3) {
    if (shape.stride == 1) {
      TapsInBands<3, 1>(shape, in, out_gradient, begin, end, taps_gradient);
    } else {
      TapsInBands<3, 2>(shape, in, out_gradient, begin, end, taps_gradient);
    }
  } else if (shape.stride == 1) {
    TapsInBands<5, 1>(shape, in, out_gradient, begin, end, taps_gradient);
  } else {
    TapsInBands<5, 2>(shape, in, out_gradient, begin, end, taps_gradient);
  }
}

#undef HASHLENS_BODY

}  // namespace HWY_NAMESPACE
}  // namespace hashlens
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace hashlens {

HWY_EXPORT(Forward);
HWY_EXPORT(InputGradient);
HWY_EXPORT(TapsGradient);

DepthwiseShape SameDepthwise(size_t channels, size_t in_height, size_t in_width, size_t kernel,
                             size_t stride) {
  const auto out_size = [stride](size_t in) { return (in + stride - 1) / stride; };
  const auto pad_before = [&](size_t in) {
    const size_t needed = in == 0 ? 0 : (out_size(in) - 1) * stride + kernel;
    return needed > in ? (needed - in) / 2 : 0;
  };
  return {channels,
          in_height,
          in_width,
          out_size(in_height),
          out_size(in_width),
          kernel,
          stride,
          pad_before(in_height),
          pad_before(in_width)};
}

void DepthwiseForward(const DepthwiseShape& shape, const float* in, const float* taps, size_t begin,
                      size_t end, float* out) {
  HWY_DYNAMIC_DISPATCH(Forward)(shape, in, taps, begin, end, out);
}

void DepthwiseInputGradient(const DepthwiseShape& shape, const float* out_gradient,
                            const float* taps, size_t begin, size_t end, float* in_gradient) {
  HWY_DYNAMIC_DISPATCH(InputGradient)(shape, out_gradient, taps, begin, end, in_gradient);
}

void DepthwiseTapsGradient(const DepthwiseShape& shape, const float* in, const float* out_gradient,
                           size_t begin, size_t end, float* taps_gradient) {
  HWY_DYNAMIC_DISPATCH(TapsGradient)(shape, in, out_gradient, begin, end, taps_gradient);
}

}  // namespace hashlens
#endif  // HWY_ONCE
