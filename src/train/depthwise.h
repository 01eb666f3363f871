// Depthwise convolution for training, with gradients of its own on the CPU.
#ifndef HASHLENS_TRAIN_DEPTHWISE_H_
#define HASHLENS_TRAIN_DEPTHWISE_H_

#include <torch/types.h>

namespace hashlens {

// x [N, C, H, W], weight [C, 1, k, k], padding as TensorFlow's SAME (the output is
// ceil(H / stride) x ceil(W / stride); the smaller half of the padding comes first).
// Channels-last float32 on the CPU with k 3 or 5 and stride 1 or 2 runs in our kernels; anything
// else in torch's pad and conv2d. The gradients are the same from run to run for a given number of
// threads. Our kernels' gradients can't be differentiated again. Throws c10::Error as torch does.
torch::Tensor DepthwiseConv(const torch::Tensor& x, const torch::Tensor& weight, int stride);

}  // namespace hashlens

#endif  // HASHLENS_TRAIN_DEPTHWISE_H_
