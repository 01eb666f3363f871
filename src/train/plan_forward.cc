#include "train/plan_forward.h"

#include <limits>

#include "train/batch_norm_relu6.h"

namespace hashlens {
namespace {

using torch::Tensor;

// Of a batch norm's running statistics: few epochs have to move them to the new pictures.
constexpr double kNormMomentum = 0.1;

// The pads of a window as torch::constant_pad_nd takes them.
std::vector<int64_t> Pads(const PlanWindow& window) {
  return {window.pad_begin[1], window.pad_end[1], window.pad_begin[0], window.pad_end[0]};
}

bool HasPads(const PlanWindow& window) {
  return window.pad_begin != std::array<int64_t, 2>{} || window.pad_end != std::array<int64_t, 2>{};
}

Tensor Padded(const Tensor& x, const PlanWindow& window, double value) {
  return HasPads(window) ? torch::constant_pad_nd(x, Pads(window), value) : x;
}

Tensor Convolution(const PlanOperation& operation, const Tensor& x, const Tensor& kernel) {
  const PlanWindow& window = operation.window;
  const bool same = window.pad_begin == window.pad_end;
  const Tensor picture = same ? x : Padded(x, window, 0);
  const std::array<int64_t, 2> pads = same ? window.pad_begin : std::array<int64_t, 2>{};
  return torch::conv2d(picture, kernel, {}, window.stride, pads, window.dilation, operation.groups);
}

Tensor MaxPool(const PlanWindow& window, const Tensor& x) {
  // A window never lies in the padding alone, so its lowest number does not get through.
  const Tensor padded = Padded(x, window, -std::numeric_limits<float>::infinity());
  return torch::max_pool2d(padded, window.kernel, window.stride, /*padding=*/0, window.dilation);
}

Tensor MeanPool(const PlanOperation& operation, const Tensor& x) {
  const PlanWindow& window = operation.window;
  const Tensor sums = torch::avg_pool2d(Padded(x, window, 0), window.kernel, window.stride);
  if (!operation.exclude_pad || !HasPads(window)) return sums;
  const Tensor one = torch::ones({1, 1, x.size(2), x.size(3)}, x.options());
  return sums / torch::avg_pool2d(Padded(one, window, 0), window.kernel, window.stride);
}

// Krizhevsky et al. 2012, section 3.3. Sums of shifted channels: far quicker than libtorch's own.
Tensor NormaliseAcross(const PlanOperation& operation, const Tensor& x) {
  const int64_t half = operation.size / 2;
  const int64_t channels = x.size(1);
  const Tensor squares = torch::constant_pad_nd(x.square(), {0, 0, 0, 0, half, half}, 0);
  Tensor sum = squares.narrow(1, 0, channels);
  for (int64_t i = 1; i < operation.size; ++i) sum = sum + squares.narrow(1, i, channels);
  const double share = operation.alpha / static_cast<double>(operation.size);
  return x * (sum * share + operation.bias).pow(-operation.beta);
}

// Slopes along the channels.
Tensor PRelu(const Tensor& x, const Tensor& slopes) {
  std::vector<int64_t> shape(static_cast<size_t>(x.dim()), 1);
  if (slopes.numel() > 1) shape[1] = slopes.numel();
  return x.clamp_min(0) + x.clamp_max(0) * slopes.view(shape);
}

std::vector<int64_t> ShapeFor(const PlanOperation& operation, int64_t pictures) {
  std::vector<int64_t> shape = operation.shape;
  shape[0] = pictures;
  return shape;
}

Tensor Compute(const PlanOperation& operation, const std::vector<Tensor>& inputs, bool training) {
  const Tensor& x = inputs[0];
  switch (operation.kind) {
    case PlanKind::kConvolution:
      return Convolution(operation, x, inputs[1]);
    case PlanKind::kLinear:
      return torch::matmul(x, operation.transposed ? inputs[1] : inputs[1].t());
    case PlanKind::kBatchNorm:
      return BatchNorm(x, inputs[1].view(-1), inputs[2].view(-1), inputs[3].view(-1),
                       inputs[4].view(-1), training, kNormMomentum, operation.epsilon,
                       /*relu6=*/false);
    case PlanKind::kAdd:
      return x + inputs[1];
    case PlanKind::kSubtract:
      return x - inputs[1];
    case PlanKind::kMultiply:
      return x * inputs[1];
    case PlanKind::kDivide:
      return x / inputs[1];
    case PlanKind::kMaximum:
      return torch::maximum(x, inputs[1]);
    case PlanKind::kMinimum:
      return torch::minimum(x, inputs[1]);
    case PlanKind::kPower:
      return torch::pow(x, inputs[1]);
    case PlanKind::kRelu:
      return torch::relu(x);
    case PlanKind::kPRelu:
      return PRelu(x, inputs[1]);
    case PlanKind::kClamp:
      return x.clamp(operation.low, operation.high);
    case PlanKind::kSigmoid:
      return torch::sigmoid(x);
    case PlanKind::kTanh:
      return torch::tanh(x);
    case PlanKind::kSoftmax:
      return torch::softmax(x, operation.axes[0]);
    case PlanKind::kLrn:
      return NormaliseAcross(operation, x);
    case PlanKind::kMaxPool:
      return MaxPool(operation.window, x);
    case PlanKind::kMeanPool:
      return MeanPool(operation, x);
    case PlanKind::kMean:
      return x.mean(operation.axes).reshape(ShapeFor(operation, x.size(0)));
    case PlanKind::kConcat:
      return torch::cat(inputs, operation.axes[0]);
    case PlanKind::kReshape:
      return x.reshape(ShapeFor(operation, x.size(0)));
    case PlanKind::kGather:
      return x.index_select(operation.axes[0],
                            torch::tensor(operation.indices, torch::kLong).to(x.device()));
  }
  return x;
}

}  // namespace

Tensor RunPlanOperation(const PlanOperation& operation, const std::vector<Tensor>& inputs,
                        bool training) {
  const Tensor result = Compute(operation, inputs, training);
  return operation.dropout > 0 && training ? torch::dropout(result, operation.dropout, true)
                                           : result;
}

}  // namespace hashlens
