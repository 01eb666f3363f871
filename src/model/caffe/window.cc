#include "model/caffe/window.h"

#include "base/try.h"

namespace hashlens {
namespace {

constexpr int64_t kMost = 4096;

// `pad: 1` for both directions, `pad: 1 pad: 2` for each. False for more.
template <typename Numbers>
bool Spread(const Numbers& given, int64_t otherwise, std::array<int64_t, 2>* values) {
  if (given.size() > 2) return false;
  for (int i = 0; i < 2; ++i) {
    (*values)[static_cast<size_t>(i)] =
        given.empty() ? otherwise : int64_t{given[given.size() == 1 ? 0 : i]};
  }
  return true;
}

Status Check(const LayerContext& context, const Windows& windows) {
  const Dims shape = context.Shape();
  for (size_t i = 0; i < 2; ++i) {
    const Window& window = windows[i];
    if (window.kernel < 1 || window.stride < 1 || window.dilation < 1)
      return context.Bad("kernel, stride and dilation must be 1 or more");
    for (const int64_t value : {window.kernel, window.stride, window.pad, window.dilation}) {
      if (value > kMost)
        return context.NotSupported("kernel, stride, pad or dilation over " +
                                    std::to_string(kMost));
    }
    if (window.extent() > shape[i + 2] + 2 * window.pad)
      return context.Bad("a kernel of " + std::to_string(window.extent()) + " on " +
                         ShapeText({shape[2], shape[3]}) + " pixels");
  }
  return {};
}

}  // namespace

Result<Windows> ConvolutionWindows(const LayerContext& context) {
  const auto& param = context.layer.param.convolution_param();
  std::array<int64_t, 2> kernel, stride, pad, dilation;
  if (!Spread(param.kernel_size(), 0, &kernel) || !Spread(param.stride(), 1, &stride) ||
      !Spread(param.pad(), 0, &pad) || !Spread(param.dilation(), 1, &dilation))
    return context.NotSupported(
        "kernel_size, stride, pad or dilation for more than two directions");
  if (param.has_kernel_h() || param.has_kernel_w()) kernel = {param.kernel_h(), param.kernel_w()};
  if (param.has_stride_h() || param.has_stride_w()) stride = {param.stride_h(), param.stride_w()};
  if (param.has_pad_h() || param.has_pad_w()) pad = {param.pad_h(), param.pad_w()};
  Windows windows;
  for (size_t i = 0; i < 2; ++i) windows[i] = {kernel[i], stride[i], pad[i], dilation[i]};
  HL_TRY(Check(context, windows));
  return windows;
}

Result<Windows> PoolingWindows(const LayerContext& context) {
  const auto& param = context.layer.param.pooling_param();
  const Dims shape = context.Shape();
  std::array<int64_t, 2> kernel = {param.kernel_size(), param.kernel_size()};
  std::array<int64_t, 2> stride = {1, 1};
  std::array<int64_t, 2> pad = {param.pad(), param.pad()};
  if (param.has_stride()) stride = {param.stride(), param.stride()};
  if (param.has_kernel_h() || param.has_kernel_w()) kernel = {param.kernel_h(), param.kernel_w()};
  if (param.has_stride_h() || param.has_stride_w()) stride = {param.stride_h(), param.stride_w()};
  if (param.has_pad_h() || param.has_pad_w()) pad = {param.pad_h(), param.pad_w()};
  if (param.global_pooling()) {
    if (param.has_kernel_size() || param.has_kernel_h() || param.has_kernel_w() ||
        pad != std::array<int64_t, 2>{0, 0} || stride != std::array<int64_t, 2>{1, 1})
      return context.Bad("global_pooling with a kernel, a pad or a stride");
    kernel = {shape[2], shape[3]};
  }
  Windows windows;
  for (size_t i = 0; i < 2; ++i) windows[i] = {kernel[i], stride[i], pad[i], 1};
  HL_TRY(Check(context, windows));
  for (const Window& window : windows) {
    if (window.pad >= window.kernel)
      return context.Bad("a pad as large as the kernel, which would pool nothing");
  }
  return windows;
}

}  // namespace hashlens
