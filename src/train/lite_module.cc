#include "train/lite_module.h"

#include <algorithm>

#include "base/try.h"
#include "train/batch_norm_relu6.h"
#include "train/depthwise.h"

namespace hashlens {
namespace {

// Of the running statistics: few epochs have to move them from the old pictures to the new ones.
constexpr double kNormMomentum = 0.1;
constexpr double kCropFraction = 1;  // what training sees, search sees

// Names of torch's modules hold no dots.
std::string TorchName(std::string name) {
  std::replace(name.begin(), name.end(), '.', '/');
  return name;
}

std::string PublishedName(std::string name) {
  std::replace(name.begin(), name.end(), '/', '.');
  return name;
}

torch::Tensor SameConv(const torch::Tensor& x, const torch::Tensor& kernel, int64_t stride) {
  const int64_t k = kernel.size(2);
  if (k == 1 && stride == 1) return torch::conv2d(x, kernel);
  const auto total = [&](int64_t in) {
    return std::max<int64_t>(((in + stride - 1) / stride - 1) * stride + k - in, 0);
  };
  const int64_t down = total(x.size(2));
  const int64_t across = total(x.size(3));
  const torch::Tensor padded =
      torch::constant_pad_nd(x, {across / 2, across - across / 2, down / 2, down - down / 2}, 0);
  return torch::conv2d(padded, kernel, {}, stride);
}

}  // namespace

LiteModule::LiteModule(LiteNetwork network, int frozen_blocks)
    : network_(std::move(network)), frozen_blocks_(static_cast<size_t>(frozen_blocks)) {
  for (size_t b = 0; b < network_.blocks.size(); ++b) {
    const bool tuned = b >= frozen_blocks_;
    std::vector<Layer> layers;
    for (const LiteConv& c : network_.blocks[b].convs) {
      const auto parameter = [&](const std::string& name, at::IntArrayRef shape) {
        return register_parameter(TorchName(name), torch::zeros(shape), tuned);
      };
      const auto buffer = [&](const std::string& name) {
        return register_buffer(TorchName(name), torch::zeros({c.out}));
      };
      Layer layer{c, {}, {}, {}, {}, {}};
      layer.kernel =
          parameter(c.conv + ".weight", {c.out, c.depthwise ? 1 : c.in, c.kernel, c.kernel});
      layer.gamma = parameter(c.norm + ".weight", {c.out});
      layer.beta = parameter(c.norm + ".bias", {c.out});
      layer.mean = buffer(c.norm + ".running_mean");
      layer.variance = buffer(c.norm + ".running_var");
      layers.push_back(std::move(layer));
    }
    blocks_.push_back(std::move(layers));
  }
}

Status LiteModule::Load(const NamedTensors& weights) {
  HL_TRY(CheckLiteWeights(network_, weights));
  const torch::NoGradGuard no_grad;
  const auto fill = [&](const std::string& name, torch::Tensor& to) {
    const std::vector<float>& values = weights.at(PublishedName(name)).values;
    to.copy_(torch::tensor(values).view(to.sizes()));
  };
  for (auto& item : named_parameters()) fill(item.key(), item.value());
  for (auto& item : named_buffers()) fill(item.key(), item.value());
  return {};
}

NamedTensors LiteModule::Save() const {
  NamedTensors weights;
  const auto keep = [&](const std::string& name, const torch::Tensor& tensor) {
    const torch::Tensor plain = tensor.detach().to(torch::kCPU).contiguous();
    const auto* data = plain.data_ptr<float>();
    weights[PublishedName(name)] = {plain.sizes().vec(), {data, data + plain.numel()}};
  };
  for (const auto& item : named_parameters()) keep(item.key(), item.value());
  for (const auto& item : named_buffers()) keep(item.key(), item.value());
  return weights;
}

std::vector<ParameterGroup> LiteModule::Groups() const {
  ParameterGroup kernels;
  ParameterGroup norms;
  norms.decay = 0;
  for (const torch::Tensor& parameter : parameters()) {
    if (!parameter.requires_grad()) continue;
    (parameter.dim() == 4 ? kernels : norms).parameters.push_back(parameter);
  }
  std::vector<ParameterGroup> groups;
  for (ParameterGroup* group : {&kernels, &norms}) {
    if (!group->parameters.empty()) groups.push_back(std::move(*group));
  }
  return groups;
}

NetworkInput LiteModule::Input(int input_size) const {
  NetworkInput input;
  input.size = input_size;
  input.crop_fraction = kCropFraction;
  return input;
}

Status LiteModule::Export(int input_size, bool mirror, const Path& xml) const {
  return SaveLiteNetwork(network_, Save(), {input_size, mirror}, xml);
}

torch::Tensor LiteModule::RunLayer(const Layer& layer, torch::Tensor x, bool training) const {
  x = layer.spec.depthwise ? DepthwiseConv(x, layer.kernel, layer.spec.stride)
                           : SameConv(x, layer.kernel, layer.spec.stride);
  return BatchNorm(x, layer.gamma, layer.beta, layer.mean, layer.variance, training, kNormMomentum,
                   kLiteNormEpsilon, layer.spec.relu6);
}

torch::Tensor LiteModule::Forward(torch::Tensor x) {
  for (size_t b = 0; b < blocks_.size(); ++b) {
    const bool tuned = b >= frozen_blocks_;
    const torch::AutoGradMode gradients(tuned && torch::GradMode::is_enabled());
    const torch::Tensor start = x;
    for (const Layer& layer : blocks_[b]) x = RunLayer(layer, x, tuned && is_training());
    if (network_.blocks[b].residual) x = x + start;
  }
  return x.mean({2, 3});
}

}  // namespace hashlens
