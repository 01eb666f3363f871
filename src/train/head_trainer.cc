#include "train/head_trainer.h"

#include <algorithm>
#include <cmath>

#include "base/try.h"
#include "train/schedule.h"

namespace hashlens {
namespace {

constexpr size_t kBatch = 256;
constexpr double kWeightDecay = 0.01;

torch::Tensor TargetsOf(const std::vector<std::vector<int>>& labels, int classes) {
  torch::Tensor targets = torch::zeros({static_cast<int64_t>(labels.size()), classes});
  auto* out = targets.data_ptr<float>();
  for (size_t row = 0; row < labels.size(); ++row) {
    for (const int label : labels[row])
      out[row * static_cast<size_t>(classes) + static_cast<size_t>(label)] = 1;
  }
  return targets;
}

torch::Tensor IndexTensor(const std::vector<size_t>& order, size_t begin, size_t end) {
  const std::vector<int64_t> rows(order.begin() + static_cast<ptrdiff_t>(begin),
                                  order.begin() + static_cast<ptrdiff_t>(end));
  return torch::tensor(rows, torch::kLong);
}

}  // namespace

std::vector<float> MeanFeature(std::span<const float> features, size_t dim) {
  std::vector<double> sums(dim);
  for (size_t i = 0; i < features.size(); ++i) sums[i % dim] += features[i];
  std::vector<float> mean;
  for (const double sum : sums)
    mean.push_back(
        static_cast<float>(sum * static_cast<double>(dim) / static_cast<double>(features.size())));
  return mean;
}

Result<std::vector<HashHead>> TrainHeads(std::span<const float> features,
                                         const std::vector<std::vector<int>>& labels,
                                         std::span<const float> mean,
                                         const HeadTrainOptions& options,
                                         std::vector<Classifier>* classifiers) {
  const size_t rows = labels.size();
  if (rows < 2) return InvalidArgument("too few pictures to learn from");
  torch::manual_seed(options.seed);
  const int dim = options.latents.front().dim;
  // torch wants a pointer to what it never writes.
  const torch::Tensor all = torch::from_blob(const_cast<float*>(features.data()),  // NOLINT
                                             {static_cast<int64_t>(rows), dim});
  const torch::Tensor targets = TargetsOf(labels, options.latents.front().classes);
  std::vector<std::shared_ptr<LatentLayer>> latents;
  std::vector<torch::Tensor> parameters;
  for (const LatentOptions& latent : options.latents) {
    latents.push_back(std::make_shared<LatentLayer>(latent));
    latents.back()->train();
    for (const torch::Tensor& parameter : latents.back()->parameters())
      parameters.push_back(parameter);
  }
  torch::optim::AdamW optimizer(
      parameters, torch::optim::AdamWOptions(options.rate).weight_decay(kWeightDecay));
  const size_t batch = std::min(rows, kBatch);
  const size_t batches = rows / batch;
  for (int epoch = 0; epoch < options.epochs; ++epoch) {
    const std::vector<size_t> order = EpochOrder(rows, options.seed, epoch);
    for (size_t b = 0; b < batches; ++b) {
      if (options.stop.stop_requested()) return Cancelled("stopped while learning codes");
      const double done =
          (epoch + static_cast<double>(b) / static_cast<double>(batches)) / options.epochs;
      optimizer.param_groups().front().options().set_lr(options.rate *
                                                        RateFactor(ScheduleKind::kOneCycle, done));
      const torch::Tensor chosen = IndexTensor(order, b * batch, (b + 1) * batch);
      const torch::Tensor x = all.index_select(0, chosen);
      const torch::Tensor t = targets.index_select(0, chosen);
      optimizer.zero_grad();
      torch::Tensor loss = torch::zeros({});
      for (const auto& latent : latents) loss = loss + latent->Loss(latent->Forward(x), t);
      if (!std::isfinite(loss.item<double>()))
        return InvalidArgument("the loss is no number any more; are the features sound?");
      loss.backward();
      optimizer.step();
    }
    if (options.progress)
      options.progress({"learning codes",
                        static_cast<uint64_t>(epoch) + 1,
                        static_cast<uint64_t>(options.epochs),
                        0,
                        0,
                        {}});
  }
  std::vector<HashHead> heads;
  for (const auto& latent : latents) {
    heads.push_back(latent->Head(mean, "supervised"));
    if (classifiers != nullptr) classifiers->push_back(latent->ClassRows());
  }
  return heads;
}

}  // namespace hashlens
