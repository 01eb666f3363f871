#include "train/batch_norm_kernel.h"

#include <algorithm>
#include <type_traits>
#include <vector>

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "train/batch_norm_kernel.cc"
// Vectors of the first have no size at compile time; their CPUs use NEON or plain code. SSSE3 alone
// is not worth its code.
#define HWY_DISABLED_TARGETS (HWY_SVE | HWY_SVE2 | HWY_SVE_256 | HWY_SVE2_128 | HWY_RVV | HWY_SSSE3)
#include "hwy/foreach_target.h"  // IWYU pragma: keep
#include "hwy/highway.h"

HWY_BEFORE_NAMESPACE();
namespace hashlens {
namespace HWY_NAMESPACE {

namespace hn = hwy::HWY_NAMESPACE;

constexpr size_t kBlockRows = 256;  // summed in float
// Short rows are taken some at once, for one load and store of the sums. Longer ones would make the
// CPU jump in memory, and what it can't foresee it reads at half the speed.
constexpr size_t kRowsAtOnce = 4;
constexpr size_t kShortRow = 64;  // channels

// Calls body(tag, c) for vectors that cover all channels once: whole ones, then halves, quarters...
template <size_t kMaxLanes, class Body>
HWY_INLINE void OverChannels(size_t c, size_t channels, const Body& body) {
  const hn::CappedTag<float, kMaxLanes> tag;
  constexpr size_t kLanes = hn::MaxLanes(tag);
  for (; c + kLanes <= channels; c += kLanes) body(tag, c);
  if constexpr (kLanes > 1) {
    if (c < channels) OverChannels<kLanes / 2>(c, channels, body);
  }
}
// Before the body of a lambda.
#define HASHLENS_BODY HWY_ATTR __attribute__((always_inline))

// Calls body(rows as a compile-time constant, first row) for groups of rows.
template <class Body>
HWY_INLINE void OverRows(size_t rows, size_t channels, const Body& body) {
  size_t r = 0;
  if (channels <= kShortRow) {
    for (; r + kRowsAtOnce <= rows; r += kRowsAtOnce) {
      body(std::integral_constant<size_t, kRowsAtOnce>(), r);
    }
  }
  for (; r < rows; ++r) body(std::integral_constant<size_t, 1>(), r);
}

// The same by blocks, the last one first: what was read last for the statistics may still be in the
// cache.
template <class Body>
HWY_INLINE void OverRowsFromEnd(size_t rows, size_t channels, const Body& body) {
  for (size_t end = rows; end > 0;) {
    const size_t begin = (end - 1) / kBlockRows * kBlockRows;
    OverRows(end - begin, channels,
             [&](auto count, size_t r) HASHLENS_BODY { body(count, begin + r); });
    end = begin;
  }
}

// Two sums for each channel, over blocks of rows in float, over all in double. `terms(tag, c, at)`
// gives what the element at `at`, of channel c, adds to either.
template <class Terms>
HWY_INLINE void Sum(size_t rows, size_t channels, const Terms& terms, double* sums) {
  std::vector<float> block(2 * channels);
  float* HWY_RESTRICT first = block.data();
  float* HWY_RESTRICT second = first + channels;
  for (size_t begin = 0; begin < rows; begin += kBlockRows) {
    std::fill(block.begin(), block.end(), 0.0f);
    OverRows(std::min(kBlockRows, rows - begin), channels, [&](auto count, size_t r) HASHLENS_BODY {
      const size_t row = (begin + r) * channels;
      OverChannels<16>(0, channels, [&](auto tag, size_t c) HASHLENS_BODY {
        auto sum_first = hn::LoadU(tag, first + c);
        auto sum_second = hn::LoadU(tag, second + c);
        for (size_t i = 0; i < count; ++i) {
          terms(tag, c, row + i * channels + c, sum_first, sum_second);
        }
        hn::StoreU(sum_first, tag, first + c);
        hn::StoreU(sum_second, tag, second + c);
      });
    });
    for (size_t c = 0; c < 2 * channels; ++c) sums[c] += static_cast<double>(block[c]);
  }
}

// `gradient` where ReLU6 has a slope of 1, else 0.
template <bool kRelu6, class D, class V>
HWY_INLINE V Masked(D tag, V centred, V scale, V shift, V gradient) {
  if constexpr (!kRelu6) return gradient;
  const auto value = hn::MulAdd(centred, scale, shift);
  const auto rises = hn::And(hn::Gt(value, hn::Zero(tag)), hn::Lt(value, hn::Set(tag, 6.0f)));
  return hn::IfThenElseZero(rises, gradient);
}

template <bool kRelu6>
void ForwardRows(const BatchNormMap& map, const float* HWY_RESTRICT in, size_t rows,
                 float* HWY_RESTRICT out) {
  OverRowsFromEnd(rows, map.channels, [&](auto count, size_t r) HASHLENS_BODY {
    const size_t row = r * map.channels;
    OverChannels<16>(0, map.channels, [&](auto tag, size_t c) HASHLENS_BODY {
      const auto mean = hn::LoadU(tag, map.mean + c);
      const auto scale = hn::LoadU(tag, map.scale + c);
      const auto shift = hn::LoadU(tag, map.shift + c);
      for (size_t i = 0; i < count; ++i) {
        const size_t at = row + i * map.channels + c;
        auto value = hn::MulAdd(hn::Sub(hn::LoadU(tag, in + at), mean), scale, shift);
        if constexpr (kRelu6) {
          value = hn::Min(hn::Max(value, hn::Zero(tag)), hn::Set(tag, 6.0f));
        }
        hn::StoreU(value, tag, out + at);
      }
    });
  });
}

template <bool kRelu6>
void SumGradients(const BatchNormMap& map, const float* HWY_RESTRICT in,
                  const float* HWY_RESTRICT out_gradient, size_t rows, double* sums) {
  Sum(
      rows, map.channels,
      [&](auto tag, size_t c, size_t at, auto& sum, auto& product) HASHLENS_BODY {
        const auto centred = hn::Sub(hn::LoadU(tag, in + at), hn::LoadU(tag, map.mean + c));
        const auto g =
            Masked<kRelu6>(tag, centred, hn::LoadU(tag, map.scale + c),
                           hn::LoadU(tag, map.shift + c), hn::LoadU(tag, out_gradient + at));
        sum = hn::Add(sum, g);
        product = hn::MulAdd(g, centred, product);
      },
      sums);
}

template <bool kRelu6>
void GradientRows(const BatchNormMap& map, const float* HWY_RESTRICT in,
                  const float* HWY_RESTRICT out_gradient, const float* HWY_RESTRICT slopes,
                  const float* HWY_RESTRICT offsets, size_t rows, float* HWY_RESTRICT in_gradient) {
  OverRowsFromEnd(rows, map.channels, [&](auto count, size_t r) HASHLENS_BODY {
    const size_t row = r * map.channels;
    OverChannels<16>(0, map.channels, [&](auto tag, size_t c) HASHLENS_BODY {
      const auto mean = hn::LoadU(tag, map.mean + c);
      const auto scale = hn::LoadU(tag, map.scale + c);
      const auto shift = hn::LoadU(tag, map.shift + c);
      const auto slope = hn::LoadU(tag, slopes + c);
      const auto offset = hn::LoadU(tag, offsets + c);
      for (size_t i = 0; i < count; ++i) {
        const size_t at = row + i * map.channels + c;
        const auto centred = hn::Sub(hn::LoadU(tag, in + at), mean);
        const auto g =
            Masked<kRelu6>(tag, centred, scale, shift, hn::LoadU(tag, out_gradient + at));
        hn::StoreU(hn::MulAdd(g, scale, hn::MulAdd(centred, slope, offset)), tag, in_gradient + at);
      }
    });
  });
}

void Moments(const float* HWY_RESTRICT in, size_t rows, size_t channels,
             const float* HWY_RESTRICT pivot, double* sums) {
  Sum(
      rows, channels,
      [&](auto tag, size_t c, size_t at, auto& sum, auto& square) HASHLENS_BODY {
        const auto centred = hn::Sub(hn::LoadU(tag, in + at), hn::LoadU(tag, pivot + c));
        sum = hn::Add(sum, centred);
        square = hn::MulAdd(centred, centred, square);
      },
      sums);
}

void Forward(const BatchNormMap& map, const float* in, size_t rows, float* out) {
  map.relu6 ? ForwardRows<true>(map, in, rows, out) : ForwardRows<false>(map, in, rows, out);
}

void GradientSums(const BatchNormMap& map, const float* in, const float* out_gradient, size_t rows,
                  double* sums) {
  map.relu6 ? SumGradients<true>(map, in, out_gradient, rows, sums)
            : SumGradients<false>(map, in, out_gradient, rows, sums);
}

void InputGradient(const BatchNormMap& map, const float* in, const float* out_gradient,
                   const float* slope, const float* offset, size_t rows, float* in_gradient) {
  map.relu6 ? GradientRows<true>(map, in, out_gradient, slope, offset, rows, in_gradient)
            : GradientRows<false>(map, in, out_gradient, slope, offset, rows, in_gradient);
}

#undef HASHLENS_BODY

}  // namespace HWY_NAMESPACE
}  // namespace hashlens
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace hashlens {

HWY_EXPORT(Moments);
HWY_EXPORT(Forward);
HWY_EXPORT(GradientSums);
HWY_EXPORT(InputGradient);

void AddMoments(const float* in, size_t rows, size_t channels, const float* pivot, double* sums) {
  HWY_DYNAMIC_DISPATCH(Moments)(in, rows, channels, pivot, sums);
}

void BatchNormForward(const BatchNormMap& map, const float* in, size_t rows, float* out) {
  HWY_DYNAMIC_DISPATCH(Forward)(map, in, rows, out);
}

void AddGradientSums(const BatchNormMap& map, const float* in, const float* out_gradient,
                     size_t rows, double* sums) {
  HWY_DYNAMIC_DISPATCH(GradientSums)(map, in, out_gradient, rows, sums);
}

void BatchNormInputGradient(const BatchNormMap& map, const float* in, const float* out_gradient,
                            const float* slope, const float* offset, size_t rows,
                            float* in_gradient) {
  HWY_DYNAMIC_DISPATCH(InputGradient)(map, in, out_gradient, slope, offset, rows, in_gradient);
}

}  // namespace hashlens
#endif  // HWY_ONCE
