#include "train/depthwise.h"

#include <torch/autograd.h>

#include <algorithm>
#include <vector>

#include "train/depthwise_kernel.h"
#include "train/parts.h"

namespace hashlens {
namespace {

using torch::Tensor;
using torch::autograd::AutogradContext;
using torch::autograd::variable_list;

constexpr size_t kLeastWork = 1 << 15;  // multiplications worth a thread

DepthwiseShape ShapeOf(const Tensor& x, const Tensor& weight, int64_t stride) {
  return SameDepthwise(static_cast<size_t>(x.size(1)), static_cast<size_t>(x.size(2)),
                       static_cast<size_t>(x.size(3)), static_cast<size_t>(weight.size(2)),
                       static_cast<size_t>(stride));
}

Tensor NewPlanes(const Tensor& like, size_t height, size_t width) {
  return torch::empty(
      {like.size(0), like.size(1), static_cast<int64_t>(height), static_cast<int64_t>(width)},
      like.options().memory_format(torch::MemoryFormat::ChannelsLast));
}

// [C, 1, k, k] to [k, k, C], as the kernels want it.
Tensor PackTaps(const Tensor& weight) {
  return weight.detach().squeeze(1).permute({1, 2, 0}).contiguous();
}

size_t LeastRows(const DepthwiseShape& shape, size_t width) {
  const size_t row = width * shape.channels * shape.kernel * shape.kernel;
  return std::max<size_t>(1, kLeastWork / std::max<size_t>(1, row));
}

Tensor InputGradient(const DepthwiseShape& shape, const Tensor& gradient, const Tensor& weight) {
  Tensor result = NewPlanes(gradient, shape.in_height, shape.in_width);
  const Tensor taps = PackTaps(weight);
  const size_t rows = static_cast<size_t>(gradient.size(0)) * shape.in_height;
  const float* from = gradient.data_ptr<float>();
  const float* taps_data = taps.data_ptr<float>();
  float* to = result.data_ptr<float>();
  ForEachPart(PartCount(rows, LeastRows(shape, shape.in_width)), rows,
              [&](size_t /*part*/, size_t begin, size_t end) {
                DepthwiseInputGradient(shape, from, taps_data, begin, end, to);
              });
  return result;
}

Tensor WeightGradient(const DepthwiseShape& shape, const Tensor& x, const Tensor& gradient) {
  const size_t rows = static_cast<size_t>(x.size(0)) * shape.out_height;
  const size_t parts = PartCount(rows, LeastRows(shape, shape.out_width));
  const int64_t kernel = static_cast<int64_t>(shape.kernel);
  const Tensor sums =
      torch::zeros({static_cast<int64_t>(parts), kernel, kernel, x.size(1)}, x.options());
  const float* in = x.data_ptr<float>();
  const float* out_gradient = gradient.data_ptr<float>();
  float* to = sums.data_ptr<float>();
  const size_t part_size = shape.kernel * shape.kernel * shape.channels;
  ForEachPart(parts, rows, [&](size_t part, size_t begin, size_t end) {
    DepthwiseTapsGradient(shape, in, out_gradient, begin, end, to + part * part_size);
  });
  // One after the other, so that the order of summation is ours.
  Tensor sum = sums[0];
  for (int64_t part = 1; part < static_cast<int64_t>(parts); ++part) sum.add_(sums[part]);
  return sum.permute({2, 0, 1}).unsqueeze(1).contiguous();
}

struct DepthwiseFunction : torch::autograd::Function<DepthwiseFunction> {
  static Tensor forward(AutogradContext* context, const Tensor& x, const Tensor& weight,
                        int64_t stride) {
    context->save_for_backward({x, weight});
    context->saved_data["stride"] = stride;
    const DepthwiseShape shape = ShapeOf(x, weight, stride);
    Tensor result = NewPlanes(x, shape.out_height, shape.out_width);
    const Tensor taps = PackTaps(weight);
    const size_t rows = static_cast<size_t>(x.size(0)) * shape.out_height;
    const float* in = x.data_ptr<float>();
    const float* taps_data = taps.data_ptr<float>();
    float* out = result.data_ptr<float>();
    ForEachPart(PartCount(rows, LeastRows(shape, shape.out_width)), rows,
                [&](size_t /*part*/, size_t begin, size_t end) {
                  DepthwiseForward(shape, in, taps_data, begin, end, out);
                });
    return result;
  }

  static variable_list backward(AutogradContext* context, variable_list gradients) {
    const variable_list saved = context->get_saved_variables();
    const Tensor& x = saved[0];
    const Tensor& weight = saved[1];
    const DepthwiseShape shape = ShapeOf(x, weight, context->saved_data["stride"].toInt());
    const Tensor gradient = gradients[0].contiguous(torch::MemoryFormat::ChannelsLast);
    variable_list result(3);
    if (context->needs_input_grad(0)) result[0] = InputGradient(shape, gradient, weight);
    if (context->needs_input_grad(1)) result[1] = WeightGradient(shape, x, gradient);
    return result;
  }
};

bool KernelsCan(const Tensor& x, const Tensor& weight, int stride) {
  return x.device().is_cpu() && weight.device().is_cpu() && x.scalar_type() == torch::kFloat &&
         weight.scalar_type() == torch::kFloat && x.dim() == 4 && weight.dim() == 4 &&
         weight.size(0) == x.size(1) && weight.size(1) == 1 && weight.size(2) == weight.size(3) &&
         (weight.size(2) == 3 || weight.size(2) == 5) && (stride == 1 || stride == 2) &&
         x.numel() > 0 && x.is_contiguous(torch::MemoryFormat::ChannelsLast);
}

Tensor PaddedConv(const Tensor& x, const Tensor& weight, int64_t stride) {
  TORCH_CHECK(x.dim() == 4 && weight.dim() == 4 && stride > 0, "DepthwiseConv: wrong shapes");
  const auto needed = [&](int64_t dimension) {
    const int64_t in = x.size(dimension), out = (in + stride - 1) / stride;
    return std::max<int64_t>((out - 1) * stride + weight.size(dimension) - in, 0);
  };
  const int64_t high = needed(2), wide = needed(3);
  if (high % 2 == 0 && wide % 2 == 0) {
    return torch::conv2d(x, weight, {}, stride, {high / 2, wide / 2}, 1, x.size(1));
  }
  const Tensor padded =
      torch::constant_pad_nd(x, {wide / 2, wide - wide / 2, high / 2, high - high / 2});
  return torch::conv2d(padded, weight, {}, stride, torch::IntArrayRef({0, 0}), 1, x.size(1));
}

}  // namespace

Tensor DepthwiseConv(const Tensor& x, const Tensor& weight, int stride) {
  if (KernelsCan(x, weight, stride)) return DepthwiseFunction::apply(x, weight, stride);
  return PaddedConv(x, weight, stride);
}

}  // namespace hashlens
