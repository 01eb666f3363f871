// Depthwise convolution of channels-last floats and its two gradients, padded as TensorFlow's SAME.
#ifndef HASHLENS_TRAIN_DEPTHWISE_KERNEL_H_
#define HASHLENS_TRAIN_DEPTHWISE_KERNEL_H_

#include <cstddef>

namespace hashlens {

// Activations lie as [image][row][column][channel], taps as [kernel row][kernel column][channel].
// The input is thought to be surrounded by zeros: pad_top rows above it, pad_left columns to its
// left and as many below and to the right as the last output needs. Nothing is padded in memory.
struct DepthwiseShape {
  size_t channels = 0;
  size_t in_height = 0, in_width = 0;
  size_t out_height = 0, out_width = 0;
  size_t kernel = 3;  // 3 or 5
  size_t stride = 1;  // 1 or 2
  size_t pad_top = 0, pad_left = 0;
};

// SAME: out = ceil(in / stride); of the padding that this needs the smaller half comes first.
DepthwiseShape SameDepthwise(size_t channels, size_t in_height, size_t in_width, size_t kernel,
                             size_t stride);

// Each function does a run of rows, numbered through all images, so that threads can share the
// work. Thread-safe; buffers may not overlap; any alignment.

// Rows [begin, end) of the output, of images * out_height.
void DepthwiseForward(const DepthwiseShape& shape, const float* in, const float* taps, size_t begin,
                      size_t end, float* out);

// Rows [begin, end) of the gradient of the input, of images * in_height.
void DepthwiseInputGradient(const DepthwiseShape& shape, const float* out_gradient,
                            const float* taps, size_t begin, size_t end, float* in_gradient);

// Adds to `taps_gradient` what rows [begin, end) of the output, of images * out_height, contribute.
// Sums runs of about a hundred products, then adds these up in the order of the rows.
void DepthwiseTapsGradient(const DepthwiseShape& shape, const float* in, const float* out_gradient,
                           size_t begin, size_t end, float* taps_gradient);

}  // namespace hashlens

#endif  // HASHLENS_TRAIN_DEPTHWISE_KERNEL_H_
