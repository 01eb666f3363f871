#include "train/learner.h"

#include <malloc.h>

#include <cmath>

#include "base/try.h"

namespace hashlens {
namespace {

constexpr double kAverageDecay = 0.998;
constexpr double kFeatureDropout = 0.2;
constexpr double kMaxGradientNorm = 5;
constexpr double kMomentum = 0.9;  // of SGD

using Group = torch::optim::OptimizerParamGroup;

Group MakeGroup(const LearnerOptions& options, std::vector<torch::Tensor> parameters, double rate,
                double decay) {
  std::unique_ptr<torch::optim::OptimizerOptions> settings;
  if (options.optimizer == "sgd") {
    settings = std::make_unique<torch::optim::SGDOptions>(torch::optim::SGDOptions(rate)
                                                              .momentum(kMomentum)
                                                              .nesterov(!options.plain)
                                                              .weight_decay(decay));
  } else {
    settings = std::make_unique<torch::optim::AdamWOptions>(
        torch::optim::AdamWOptions(rate).weight_decay(decay));
  }
  return Group(std::move(parameters), std::move(settings));
}

}  // namespace

void TuneAllocator() {
#ifdef __GLIBC__
  mallopt(M_ARENA_MAX, 1);
  mallopt(M_MMAP_MAX, 0);
  mallopt(M_TRIM_THRESHOLD, -1);
  mallopt(M_TOP_PAD, 64 << 20);
#endif
}

Learner::Learner(const LearnerOptions& options, std::shared_ptr<NetworkModule> network)
    : device_(options.device),
      rate_(options.rate),
      plain_(options.plain),
      network_(std::move(network)) {
  for (const LatentOptions& latent : options.latents)
    latents_.push_back(std::make_shared<LatentLayer>(latent));
}

Result<std::unique_ptr<Learner>> Learner::Create(const LearnerOptions& options,
                                                 std::shared_ptr<NetworkModule> network,
                                                 uint64_t seed) {
  torch::manual_seed(seed);
  std::unique_ptr<Learner> learner(new Learner(options, std::move(network)));
  learner->network_->to(options.device);
  for (auto& latent : learner->latents_) latent->to(options.device);
  for (torch::Tensor& parameter : learner->network_->parameters()) {
    if (parameter.size(0) > 1 && parameter.dim() == 4) {
      parameter.set_data(parameter.contiguous(torch::MemoryFormat::ChannelsLast));
    }
  }
  HL_TRY(learner->MakeOptimizer(options));
  if (options.plain) return learner;  // nothing is averaged
  for (const torch::Tensor& tensor : learner->State())
    learner->averages_.push_back(tensor.detach().clone());
  return learner;
}

Status Learner::MakeOptimizer(const LearnerOptions& options) {
  std::vector<torch::Tensor> latent;
  for (const auto& layer : latents_) {
    for (const torch::Tensor& parameter : layer->parameters()) latent.push_back(parameter);
  }
  std::vector<Group> groups;
  const auto add = [&](std::vector<torch::Tensor> parameters, double factor, double decay) {
    factors_.push_back(factor);
    groups.push_back(
        MakeGroup(options, std::move(parameters), rate_ * factor, options.weight_decay * decay));
  };
  add(std::move(latent), options.new_layer_rate, 1);
  for (ParameterGroup& group : network_->Groups())
    add(std::move(group.parameters), group.rate, group.decay);
  const double first = rate_ * options.new_layer_rate;
  if (options.optimizer == "sgd") {
    optimizer_ = std::make_unique<torch::optim::SGD>(groups, torch::optim::SGDOptions(first));
  } else if (options.optimizer == "adamw") {
    optimizer_ = std::make_unique<torch::optim::AdamW>(groups, torch::optim::AdamWOptions(first));
  } else {
    return InvalidArgument("no optimizer \"" + options.optimizer + "\"; there are adamw, sgd");
  }
  return {};
}

std::vector<torch::Tensor> Learner::State() const {
  std::vector<torch::Tensor> state;
  const auto add = [&](const torch::nn::Module& module) {
    for (const torch::Tensor& tensor : module.parameters()) state.push_back(tensor);
    for (const torch::Tensor& tensor : module.buffers()) {
      if (tensor.is_floating_point()) state.push_back(tensor);
    }
  };
  add(*network_);
  for (const auto& latent : latents_) add(*latent);
  return state;
}

torch::Tensor Learner::Forward(const Batch& batch, StepResult* result) {
  const torch::Tensor pictures = batch.pictures.to(device_);
  const torch::Tensor targets = batch.targets.to(device_);
  torch::Tensor features = network_->Forward(pictures);
  if (!plain_) features = torch::dropout(features, kFeatureDropout, network_->is_training());
  torch::Tensor loss = torch::zeros({}, device_);
  torch::Tensor scores;
  for (const auto& latent : latents_) {
    const torch::Tensor h = latent->Forward(features);
    loss = loss + latent->Loss(h, targets) / static_cast<double>(latents_.size());
    scores = latent->Scores(h);  // those of the last length stand for all
  }
  const torch::Tensor best = scores.detach().argmax(1, /*keepdim=*/true);
  result->accuracy = targets.gather(1, best).mean().item<double>();
  result->loss = loss.item<double>();
  return loss;
}

Learner::StepResult Learner::Step(const Batch& batch, double rate_factor) {
  network_->train();
  for (auto& latent : latents_) latent->train();
  optimizer_->zero_grad();
  StepResult result;
  const torch::Tensor loss = Forward(batch, &result);
  if (!std::isfinite(result.loss)) return result;
  loss.backward();
  for (size_t g = 0; g < optimizer_->param_groups().size(); ++g) {
    torch::optim::OptimizerParamGroup& group = optimizer_->param_groups()[g];
    group.options().set_lr(rate_ * factors_[g] * rate_factor);
    if (!plain_) torch::nn::utils::clip_grad_norm_(group.params(), kMaxGradientNorm);
  }
  optimizer_->step();
  UpdateAverages();
  return result;
}

Learner::StepResult Learner::Test(const Batch& batch) {
  const torch::NoGradGuard no_grad;
  network_->eval();
  for (auto& latent : latents_) latent->eval();
  StepResult result;
  Forward(batch, &result);
  return result;
}

void Learner::UpdateAverages() {
  const torch::NoGradGuard no_grad;
  const auto t = static_cast<double>(++steps_);
  const double decay =
      std::min(kAverageDecay, (1 + t) / (10 + t));  // early ones are forgotten soon
  const std::vector<torch::Tensor> state = State();
  for (size_t i = 0; i < averages_.size(); ++i) averages_[i].lerp_(state[i].detach(), 1 - decay);
}

void Learner::SwapAverages() {
  const torch::NoGradGuard no_grad;
  std::vector<torch::Tensor> state = State();
  for (size_t i = 0; i < averages_.size(); ++i) {
    const torch::Tensor trained = state[i].detach().clone();
    state[i].copy_(averages_[i]);
    averages_[i].copy_(trained);
  }
}

}  // namespace hashlens
