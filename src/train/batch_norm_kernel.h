// Batch normalisation and ReLU6 in one, of channels-last floats: a row holds one value a channel.
#ifndef HASHLENS_TRAIN_BATCH_NORM_KERNEL_H_
#define HASHLENS_TRAIN_BATCH_NORM_KERNEL_H_

#include <cstddef>

namespace hashlens {

// out = (in - mean) * scale + shift, a channel at a time, then between 0 and 6 if relu6.
struct BatchNormMap {
  const float* mean;
  const float* scale;
  const float* shift;
  size_t channels;
  bool relu6;
};

// All functions are thread-safe; `in` and gradients have rows * channels values, rows > 0; sums
// have two for each channel: sums[c] and sums[channels + c]. Sums are added to what is there: in
// float over a few hundred rows, in double over these. Any alignment.

// The sums of in - pivot and of its square. The nearer pivot is to the mean, the less is lost.
void AddMoments(const float* in, size_t rows, size_t channels, const float* pivot, double* sums);

void BatchNormForward(const BatchNormMap& map, const float* in, size_t rows, float* out);

// The sums of g and of g * (in - mean), where g is out_gradient, or 0 where ReLU6 is flat.
void AddGradientSums(const BatchNormMap& map, const float* in, const float* out_gradient,
                     size_t rows, double* sums);

// in_gradient = scale * g + slope * (in - mean) + offset, a channel at a time.
void BatchNormInputGradient(const BatchNormMap& map, const float* in, const float* out_gradient,
                            const float* slope, const float* offset, size_t rows,
                            float* in_gradient);

}  // namespace hashlens

#endif  // HASHLENS_TRAIN_BATCH_NORM_KERNEL_H_
