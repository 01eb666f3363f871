#include "image/preprocess.h"

#include <algorithm>
#include <cassert>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <vector>

namespace hashlens {
namespace {

// All arithmetic is on whole numbers that a float holds exactly (below 2^24), so that every machine
// computes the same bytes, with or without fused multiply-add, and the loops vectorise everywhere.
// Weights are multiples of 2^-13; pixels between the two passes are multiples of 2^-2 within about
// -32..287, because bicubic overshoots: 4 * 287 * 1.25 * 2^13 < 2^24.
constexpr int kWeightBits = 13;
constexpr int kMiddleBits = 2;
constexpr int kChannels = 3;

struct Taps {
  int first;  // source position of the first weight
  int count;
  size_t weight;  // index of the first weight in Kernel::weights
};

// For each output position, the source positions it is made of, and how much of each.
struct Kernel {
  std::vector<Taps> taps;
  std::vector<float> weights;  // whole numbers; of one position they sum to 1 << kWeightBits
};

// Keys 1981, a = -0.5.
double Bicubic(double x) {
  x = std::abs(x);
  if (x < 1) return (1.5 * x - 2.5) * x * x + 1;
  if (x < 2) return ((-0.5 * x + 2.5) * x - 4) * x + 2;
  return 0;
}

Kernel MakeKernel(int source_size, double low, double high, int size) {
  const double step = (high - low) / size;
  const double widening = std::max(1.0, step);
  const double support = 2 * widening;
  Kernel kernel;
  std::vector<double> exact;
  for (int i = 0; i < size; ++i) {
    const double centre = low + (i + 0.5) * step;
    const int first = std::max(0, static_cast<int>(std::floor(centre - support + 0.5)));
    const int last = std::min(source_size, static_cast<int>(std::floor(centre + support + 0.5)));
    double sum = 0;
    exact.clear();
    for (int x = first; x < last; ++x) {
      exact.push_back(Bicubic((x + 0.5 - centre) / widening));
      sum += exact.back();
    }
    kernel.taps.push_back({first, last - first, kernel.weights.size()});
    // Rounding the running sum rather than each weight keeps the total exact and spreads the error,
    // even when thousands of weights are each smaller than one unit.
    double running = 0;
    int32_t before = 0;
    for (const double weight : exact) {
      running += weight / sum;
      const auto now = static_cast<int32_t>(std::floor(running * (1 << kWeightBits) + 0.5));
      kernel.weights.push_back(static_cast<float>(now - before));
      before = now;
    }
  }
  return kernel;
}

// Whole numbers `sums` times 2^-shift, rounded.
int32_t RoundedShift(float sum, int shift) {
  return (static_cast<int32_t>(sum) + (1 << (shift - 1))) >> shift;
}

// One row between the passes: the weighted sum of `count` rows of `length` bytes, `stride` apart.
void BlendRows(const uint8_t* top, size_t stride, const float* weights, int count, size_t length,
               float* __restrict out) {
  constexpr size_t kBlock = 512;  // sums that stay in the first-level cache
  for (size_t at = 0; at < length; at += kBlock, top += kBlock, out += kBlock) {
    const size_t n = std::min(kBlock, length - at);
    std::fill_n(out, n, 0.0f);
    const uint8_t* row = top;
    int k = 0;
    for (; k + 4 <= count; k += 4, row += 4 * stride) {
      const float w0 = weights[k], w1 = weights[k + 1], w2 = weights[k + 2], w3 = weights[k + 3];
      const uint8_t *r1 = row + stride, *r2 = r1 + stride, *r3 = r2 + stride;
      for (size_t i = 0; i < n; ++i) out[i] += w0 * row[i] + w1 * r1[i] + w2 * r2[i] + w3 * r3[i];
    }
    for (; k < count; ++k, row += stride) {
      const float w = weights[k];
      for (size_t i = 0; i < n; ++i) out[i] += w * row[i];
    }
    for (size_t i = 0; i < n; ++i) {
      out[i] = static_cast<float>(RoundedShift(out[i], kWeightBits - kMiddleBits));
    }
  }
}

// One output pixel: the weighted sum of `count` neighbours in a row between the passes. Works on
// four values at a time, of which the fourth, the next pixel's first, is not used.
void BlendPixels(const float* row, const float* weights, int count, uint8_t* out) {
  using Four = float __attribute__((vector_size(16)));
  Four sums = {0, 0, 0, 0};
  for (int k = 0; k < count; ++k, row += kChannels) {
    Four pixel;
    std::memcpy(&pixel, row, sizeof(pixel));
    sums += pixel * weights[k];
  }
  for (int channel = 0; channel < kChannels; ++channel) {
    const int32_t value = RoundedShift(sums[channel], kWeightBits + kMiddleBits);
    out[channel] = static_cast<uint8_t>(std::clamp(value, 0, 255));
  }
}

// The part of the stretched picture that is kept, in pixels of `image`. Resampling it at once gives
// the pixels of resampling first and cropping then.
Box StretchedCentre(const Image& image, int input_size, double crop_fraction) {
  const double whole = std::round(input_size / crop_fraction);
  const double low = std::floor((whole - input_size) / 2) / whole;
  const double high = std::min(1.0, low + input_size / whole);
  return {low * image.width, low * image.height, high * image.width, high * image.height};
}

}  // namespace

Image Resample(const Image& image, const Box& box, int width, int height) {
  assert(width > 0 && height > 0);
  assert(0 <= box.left && box.left < box.right && box.right <= image.width);
  assert(0 <= box.top && box.top < box.bottom && box.bottom <= image.height);
  const Kernel across = MakeKernel(image.width, box.left, box.right, width);
  const Kernel down = MakeKernel(image.height, box.top, box.bottom, height);

  // Only the columns that the box touches are worked on.
  const auto first = static_cast<size_t>(across.taps.front().first);
  const auto last = static_cast<size_t>(across.taps.back().first + across.taps.back().count);
  const size_t length = (last - first) * kChannels;
  const size_t stride = static_cast<size_t>(image.width) * kChannels;
  std::vector<float> row(length + 1);  // and one value beyond, for BlendPixels

  Image out;
  out.width = width;
  out.height = height;
  out.rgb.resize(static_cast<size_t>(width) * static_cast<size_t>(height) * kChannels);
  uint8_t* to = out.rgb.data();
  for (const Taps& above : down.taps) {
    BlendRows(image.rgb.data() + static_cast<size_t>(above.first) * stride + first * kChannels,
              stride, &down.weights[above.weight], above.count, length, row.data());
    for (const Taps& beside : across.taps) {
      BlendPixels(row.data() + (static_cast<size_t>(beside.first) - first) * kChannels,
                  &across.weights[beside.weight], beside.count, to);
      to += kChannels;
    }
  }
  return out;
}

Image CropToSquare(const Image& image, int input_size, double crop_fraction, PictureFit fit) {
  if (fit == PictureFit::kStretch) {
    return Resample(image, StretchedCentre(image, input_size, crop_fraction), input_size,
                    input_size);
  }
  const double side = std::min(image.width, image.height) * crop_fraction;
  const double left = (image.width - side) / 2;
  const double top = (image.height - side) / 2;
  return Resample(image,
                  {left, top, std::min(left + side, static_cast<double>(image.width)),
                   std::min(top + side, static_cast<double>(image.height))},
                  input_size, input_size);
}

int ShortSideFor(int input_size, double crop_fraction) {
  return static_cast<int>(std::ceil(input_size / crop_fraction));
}

}  // namespace hashlens
