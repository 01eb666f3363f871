#include "train/depthwise_kernel.h"

#include <algorithm>

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "train/depthwise_kernel.cc"
// Vectors of the first have no size at compile time; their CPUs use NEON or plain code. SSSE3 alone
// is not worth its code.
#define HWY_DISABLED_TARGETS (HWY_SVE | HWY_SVE2 | HWY_SVE_256 | HWY_SVE2_128 | HWY_RVV | HWY_SSSE3)
#include "hwy/foreach_target.h"  // IWYU pragma: keep
#include "hwy/highway.h"
#include "train/depthwise_inl.h"

HWY_BEFORE_NAMESPACE();
namespace hashlens {
namespace HWY_NAMESPACE {

constexpr size_t kTapsBytes = 16 << 10;  // taps of a run of channels, for the first-level cache

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

// `count` columns of a row, at most kBlock: sums of in[row + kh][column + kStride * b + kw] *
// taps[kh][kw] over the taps.
template <size_t kKernel, size_t kStride, size_t kBlock, class D>
HWY_INLINE void GatherBlock(D tag, const Source& in, Taps taps, ptrdiff_t row, ptrdiff_t column,
                            size_t count, Channels channels, float* HWY_RESTRICT out) {
  constexpr size_t kColumns = (kBlock - 1) * kStride + kKernel;
  const Range rows(row, kKernel, in.height);
  const Range columns(column, (count - 1) * kStride + kKernel, in.width);
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
      if (b < count) hn::StoreU(sums[b], tag, out + (static_cast<ptrdiff_t>(b * in.channels) + c));
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

template <size_t kKernel, size_t kStride, size_t kBlock, class D>
HWY_NOINLINE void GatherRows(D tag, const DepthwiseShape& shape, const float* in, Taps taps,
                             size_t begin, size_t end, float* out) {
  const size_t channels = shape.channels;
  const ptrdiff_t top = static_cast<ptrdiff_t>(shape.pad_top);
  const ptrdiff_t left = static_cast<ptrdiff_t>(shape.pad_left);
  const auto part = [&](size_t image, size_t first, size_t last, Channels run) HASHLENS_BODY {
    const Source source{in + image * shape.in_height * shape.in_width * channels, shape.in_height,
                        shape.in_width, channels};
    for (size_t oh = first; oh < last; ++oh) {
      float* line = out + (image * shape.out_height + oh) * shape.out_width * channels;
      for (size_t ow = 0; ow < shape.out_width; ow += kBlock) {
        GatherBlock<kKernel, kStride, kBlock>(
            tag, source, taps, static_cast<ptrdiff_t>(oh * kStride) - top,
            static_cast<ptrdiff_t>(ow * kStride) - left, std::min(kBlock, shape.out_width - ow),
            run, line + ow * channels);
      }
    }
  };
  InParts(tag, shape, shape.out_height, begin, end, part);
}

template <size_t kKernel, class D>
HWY_NOINLINE void ScatterRows(D tag, const DepthwiseShape& shape, const float* out_gradient,
                              Taps taps, size_t begin, size_t end, float* in_gradient) {
  constexpr size_t kBlock = hn::MaxLanes(tag) == 1 ? 1 : 3;
  const size_t channels = shape.channels;
  const size_t end_u = (shape.pad_left + shape.in_width + 1) / 2;
  const auto part = [&](size_t image, size_t first, size_t last, Channels run) HASHLENS_BODY {
    const Source source{out_gradient + image * shape.out_height * shape.out_width * channels,
                        shape.out_height, shape.out_width, channels};
    for (size_t ih = first; ih < last; ++ih) {
      float* line = in_gradient + (image * shape.in_height + ih) * shape.in_width * channels;
      const size_t padded_row = ih + shape.pad_top;
      for (size_t u = shape.pad_left / 2; u < end_u; u += kBlock) {
        const ptrdiff_t column =
            static_cast<ptrdiff_t>(2 * u) - static_cast<ptrdiff_t>(shape.pad_left);
        const Range stored(column, 2 * kBlock, shape.in_width);
        const size_t to = static_cast<size_t>(std::max<ptrdiff_t>(column, 0));
        ScatterBlock<kKernel, kBlock>(tag, source, taps, static_cast<ptrdiff_t>(padded_row / 2),
                                      padded_row % 2, static_cast<ptrdiff_t>(u), run, stored,
                                      line + to * channels);
      }
    }
  };
  InParts(tag, shape, shape.in_height, begin, end, part);
}

template <size_t kKernel, size_t kStride, class D>
void Gather(D tag, const DepthwiseShape& shape, const float* in, Taps taps, size_t begin,
            size_t end, float* out) {
  WithBlock(tag, shape.out_width, [&](auto block) HWY_ATTR {
    GatherRows<kKernel, kStride, block>(tag, shape, in, taps, begin, end, out);
  });
}

template <size_t kKernel, class D>
void ForwardOf(D tag, const DepthwiseShape& shape, const float* in, const float* taps, size_t begin,
               size_t end, float* out) {
  const Taps forward{taps, static_cast<ptrdiff_t>(shape.channels)};
  if (shape.stride == 1) {
    Gather<kKernel, 1>(tag, shape, in, forward, begin, end, out);
  } else {
    Gather<kKernel, 2>(tag, shape, in, forward, begin, end, out);
  }
}

template <size_t kKernel, class D>
void InputGradientOf(D tag, const DepthwiseShape& shape, const float* out_gradient,
                     const float* taps, size_t begin, size_t end, float* in_gradient) {
  const ptrdiff_t step = static_cast<ptrdiff_t>(shape.channels);
  if (shape.stride == 1) {
    // A convolution by the kernel turned around; SAME padding is the same from both ends.
    const Taps turned{taps + (kKernel * kKernel - 1) * shape.channels, -step};
    Gather<kKernel, 1>(tag, shape, out_gradient, turned, begin, end, in_gradient);
  } else {
    ScatterRows<kKernel>(tag, shape, out_gradient, Taps{taps, step}, begin, end, in_gradient);
  }
}

// call(tag, kernel as a compile-time constant).
template <class Call>
void WithTagAndKernel(const DepthwiseShape& shape, const Call& call) {
  const std::integral_constant<size_t, 3> three;
  const std::integral_constant<size_t, 5> five;
  if (shape.channels >= kLanes) {
    shape.kernel == 3 ? call(Tag(), three) : call(Tag(), five);
  } else {
    shape.kernel == 3 ? call(OneLane(), three) : call(OneLane(), five);
  }
}

void Forward(const DepthwiseShape& shape, const float* in, const float* taps, size_t begin,
             size_t end, float* out) {
  WithTagAndKernel(shape, [&](auto tag, auto kernel) HWY_ATTR {
    ForwardOf<kernel>(tag, shape, in, taps, begin, end, out);
  });
}

void InputGradient(const DepthwiseShape& shape, const float* out_gradient, const float* taps,
                   size_t begin, size_t end, float* in_gradient) {
  WithTagAndKernel(shape, [&](auto tag, auto kernel) HWY_ATTR {
    InputGradientOf<kernel>(tag, shape, out_gradient, taps, begin, end, in_gradient);
  });
}

}  // namespace HWY_NAMESPACE
}  // namespace hashlens
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace hashlens {

HWY_EXPORT(Forward);
HWY_EXPORT(InputGradient);

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

}  // namespace hashlens
#endif  // HWY_ONCE
