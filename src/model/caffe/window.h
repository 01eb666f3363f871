// Where the windows of a convolution or pooling lie. Internal to src/model/caffe.
#ifndef HASHLENS_MODEL_CAFFE_WINDOW_H_
#define HASHLENS_MODEL_CAFFE_WINDOW_H_

#include <array>

#include "model/caffe/layer_context.h"

namespace hashlens {

// In one direction.
struct Window {
  int64_t kernel = 1;
  int64_t stride = 1;
  int64_t pad = 0;  // on both sides
  int64_t dilation = 1;
  // Of the kernel with its holes.
  int64_t extent() const { return dilation * (kernel - 1) + 1; }
};
using Windows = std::array<Window, 2>;  // down, across

// kCorruption for a window that is empty, never moves, or leaves the padded picture.
Result<Windows> ConvolutionWindows(const LayerContext& context);
// Also kCorruption for padding that could fill a window, as Caffe has it. Global pooling: the whole
// picture.
Result<Windows> PoolingWindows(const LayerContext& context);

}  // namespace hashlens

#endif  // HASHLENS_MODEL_CAFFE_WINDOW_H_
