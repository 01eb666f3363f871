#include "train/batch_norm_relu6.h"

#include <torch/autograd.h>

#include <algorithm>
#include <cmath>
#include <functional>
#include <vector>

#include "train/batch_norm_kernel.h"
#include "train/parts.h"

namespace hashlens {
namespace {

using torch::Tensor;
using torch::autograd::AutogradContext;
using torch::autograd::variable_list;

constexpr size_t kLeastValues = 1 << 14;  // worth a thread
constexpr size_t kPivotRows = 16;

// Rows of one value a channel.
struct Rows {
  explicit Rows(const Tensor& x)
      : channels(static_cast<size_t>(x.size(1))),
        count(static_cast<size_t>(x.numel()) / channels),
        parts(PartCount(count, std::max<size_t>(1, kLeastValues / channels))) {}

  void ForEach(const std::function<void(size_t, size_t, size_t)>& part) const {
    ForEachPart(parts, count, part);
  }

  // Sums over all rows, two for each channel, from sums over parts, added up in their order.
  std::vector<double> Sum(const std::function<void(size_t, size_t, double*)>& sum_rows) const {
    const size_t size = 2 * channels;
    std::vector<double> sums(parts * size);
    ForEach([&](size_t part, size_t begin, size_t end) {
      sum_rows(begin, end - begin, sums.data() + part * size);
    });
    for (size_t part = 1; part < parts; ++part) {
      for (size_t i = 0; i < size; ++i) sums[i] += sums[part * size + i];
    }
    sums.resize(size);
    return sums;
  }

  size_t channels, count, parts;
};

// Near enough to the mean that little is lost in the difference of the moments: the mean of a few
// rows from all over.
std::vector<float> Pivot(const Rows& rows, const float* in) {
  const size_t some = std::min(rows.count, kPivotRows);
  std::vector<float> pivot(rows.channels);
  for (size_t i = 0; i < some; ++i) {
    const float* row = in + i * rows.count / some * rows.channels;
    for (size_t c = 0; c < rows.channels; ++c) pivot[c] += row[c] / static_cast<float>(some);
  }
  return pivot;
}

void MoveRunning(const Tensor& running, size_t c, double momentum, double value) {
  float& now = running.data_ptr<float>()[c];
  now = static_cast<float>((1 - momentum) * static_cast<double>(now) + momentum * value);
}

// Writes the mean and 1 / sqrt(variance + eps) of each channel and moves the running statistics.
void Statistics(const Rows& rows, const float* in, double momentum, double eps,
                const Tensor& running_mean, const Tensor& running_var, float* mean,
                float* inverse_deviation) {
  const std::vector<float> pivot = Pivot(rows, in);
  const std::vector<double> sums = rows.Sum([&](size_t begin, size_t count, double* to) {
    AddMoments(in + begin * rows.channels, count, rows.channels, pivot.data(), to);
  });
  const double count = static_cast<double>(rows.count);
  for (size_t c = 0; c < rows.channels; ++c) {
    const double from_pivot = sums[c] / count;
    const double exact_mean = static_cast<double>(pivot[c]) + from_pivot;
    const double squares = sums[rows.channels + c] - from_pivot * sums[c];
    const double variance = std::max(0.0, squares / count);
    mean[c] = static_cast<float>(exact_mean);
    inverse_deviation[c] = static_cast<float>(1 / std::sqrt(variance + eps));
    MoveRunning(running_mean, c, momentum, exact_mean);
    MoveRunning(running_var, c, momentum, variance * count / (count - 1));
  }
}

struct BatchNormFunction : torch::autograd::Function<BatchNormFunction> {
  static Tensor forward(AutogradContext* context, const Tensor& x, const Tensor& gamma,
                        const Tensor& beta, const Tensor& running_mean, const Tensor& running_var,
                        bool training, double momentum, double eps, bool relu6) {
    const Rows rows(x);
    const float* in = x.data_ptr<float>();
    Tensor mean, inverse_deviation;
    if (training) {
      mean = torch::empty_like(running_mean);
      inverse_deviation = torch::empty_like(running_var);
      Statistics(rows, in, momentum, eps, running_mean, running_var, mean.data_ptr<float>(),
                 inverse_deviation.data_ptr<float>());
    } else {
      mean = running_mean.clone();
      inverse_deviation = torch::rsqrt(running_var + eps);
    }
    const Tensor scale = gamma.detach() * inverse_deviation;
    const BatchNormMap map{mean.data_ptr<float>(), scale.data_ptr<float>(), beta.data_ptr<float>(),
                           rows.channels, relu6};
    Tensor result = torch::empty_like(x, torch::MemoryFormat::ChannelsLast);
    float* out = result.data_ptr<float>();
    rows.ForEach([&](size_t /*part*/, size_t begin, size_t end) {
      const size_t at = begin * rows.channels;
      BatchNormForward(map, in + at, end - begin, out + at);
    });
    context->save_for_backward({x, gamma, beta, mean, inverse_deviation});
    context->saved_data["training"] = training;
    context->saved_data["relu6"] = relu6;
    return result;
  }

  static variable_list backward(AutogradContext* context, variable_list gradients) {
    const variable_list saved = context->get_saved_variables();
    const Tensor &x = saved[0], gamma = saved[1].detach(), beta = saved[2].detach();
    const Tensor &mean = saved[3], inverse_deviation = saved[4];
    const bool training = context->saved_data["training"].toBool();
    const Rows rows(x);
    const Tensor gradient = gradients[0].contiguous(torch::MemoryFormat::ChannelsLast);
    const float* in = x.data_ptr<float>();
    const float* out_gradient = gradient.data_ptr<float>();
    const Tensor scale = gamma * inverse_deviation;
    const BatchNormMap map{mean.data_ptr<float>(), scale.data_ptr<float>(), beta.data_ptr<float>(),
                           rows.channels, context->saved_data["relu6"].toBool()};

    const std::vector<double> sums = rows.Sum([&](size_t begin, size_t count, double* to) {
      const size_t at = begin * rows.channels;
      AddGradientSums(map, in + at, out_gradient + at, count, to);
    });
    Tensor gamma_gradient = torch::empty_like(gamma), beta_gradient = torch::empty_like(beta);
    std::vector<float> slope(rows.channels), offset(rows.channels);
    for (size_t c = 0; c < rows.channels; ++c) {
      const double inverse = static_cast<double>(inverse_deviation.data_ptr<float>()[c]);
      const double sum = sums[c], product = sums[rows.channels + c] * inverse;
      beta_gradient.data_ptr<float>()[c] = static_cast<float>(sum);
      gamma_gradient.data_ptr<float>()[c] = static_cast<float>(product);
      if (training) {  // the mean and the variance move with x
        const double share = static_cast<double>(map.scale[c]) / static_cast<double>(rows.count);
        slope[c] = static_cast<float>(-share * product * inverse);
        offset[c] = static_cast<float>(-share * sum);
      }
    }

    variable_list result(9);
    if (context->needs_input_grad(1)) result[1] = gamma_gradient;
    if (context->needs_input_grad(2)) result[2] = beta_gradient;
    if (context->needs_input_grad(0)) {
      result[0] = torch::empty_like(x, torch::MemoryFormat::ChannelsLast);
      float* to = result[0].data_ptr<float>();
      rows.ForEach([&](size_t /*part*/, size_t begin, size_t end) {
        const size_t at = begin * rows.channels;
        BatchNormInputGradient(map, in + at, out_gradient + at, slope.data(), offset.data(),
                               end - begin, to + at);
      });
    }
    return result;
  }
};

bool IsChannelVector(const Tensor& v, const Tensor& x) {
  return v.defined() && v.device().is_cpu() && v.scalar_type() == torch::kFloat && v.dim() == 1 &&
         v.size(0) == x.size(1) && v.is_contiguous();
}

}  // namespace

Tensor BatchNorm(const Tensor& x, const Tensor& gamma, const Tensor& beta, Tensor running_mean,
                 Tensor running_var, bool training, double momentum, double eps, bool relu6) {
  TORCH_CHECK(x.dim() == 4, "BatchNorm: x must be [N, C, H, W]");
  TORCH_CHECK(!training || x.numel() > x.size(1),
              "BatchNorm: training needs more than one value a channel");
  if (x.device().is_cpu() && x.scalar_type() == torch::kFloat && x.numel() > 0 &&
      x.is_contiguous(torch::MemoryFormat::ChannelsLast) && IsChannelVector(gamma, x) &&
      IsChannelVector(beta, x) && IsChannelVector(running_mean, x) &&
      IsChannelVector(running_var, x)) {
    return BatchNormFunction::apply(x, gamma, beta, running_mean, running_var, training, momentum,
                                    eps, relu6);
  }
  const Tensor normal = torch::batch_norm(x, gamma, beta, running_mean, running_var, training,
                                          momentum, eps, /*cudnn_enabled=*/true);
  return relu6 ? torch::hardtanh(normal, 0, 6) : normal;
}

}  // namespace hashlens
