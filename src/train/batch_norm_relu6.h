// Batch normalisation and ReLU6 in one, for training, with gradients of its own on the CPU.
#ifndef HASHLENS_TRAIN_BATCH_NORM_RELU6_H_
#define HASHLENS_TRAIN_BATCH_NORM_RELU6_H_

#include <torch/types.h>

namespace hashlens {

// torch::batch_norm of x [N, C, H, W], then between 0 and 6 if relu6. In training it normalises by
// the statistics of x, of which there must be more than one value a channel, and moves the running
// ones towards them by `momentum` (the variance unbiased); else it normalises by the running ones.
// Channels-last float32 on the CPU runs in our kernels, and keeps nothing but x for the gradients;
// anything else runs in torch's. The gradients are the same from run to run for a given number of
// threads; our kernels' can't be differentiated again. Throws c10::Error as torch does.
torch::Tensor BatchNorm(const torch::Tensor& x, const torch::Tensor& gamma,
                        const torch::Tensor& beta, torch::Tensor running_mean,
                        torch::Tensor running_var, bool training, double momentum, double eps,
                        bool relu6);

}  // namespace hashlens

#endif  // HASHLENS_TRAIN_BATCH_NORM_RELU6_H_
