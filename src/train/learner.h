// Everything that training changes: network, latent layers, optimizer and averaged weights; and
// their checkpoint.
#ifndef HASHLENS_TRAIN_LEARNER_H_
#define HASHLENS_TRAIN_LEARNER_H_

#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "train/batches.h"
#include "train/latent_layer.h"
#include "train/network_module.h"

namespace hashlens {

struct LearnerOptions {
  std::vector<LatentOptions> latents;  // one for each length of code
  std::string optimizer = "adamw";     // adamw, sgd
  double rate = 5e-4;                  // of the network
  double new_layer_rate = 10;          // of the latent layers, times the network's
  double weight_decay = 0.02;
  // As Caffe's solver: the momentum is not Nesterov's, gradients are not cut, features are not
  // dropped, and the weights are those of the last step, not their average.
  bool plain = false;
  torch::Device device = torch::kCPU;
};

// One thread.
class Learner {
 public:
  // New latent layers are drawn from `seed`. kInvalidArgument for an unknown optimizer.
  static Result<std::unique_ptr<Learner>> Create(const LearnerOptions& options,
                                                 std::shared_ptr<NetworkModule> network,
                                                 uint64_t seed);

  struct StepResult {
    double loss = 0;      // mean over the lengths
    double accuracy = 0;  // share of pictures whose best class is one of theirs
  };
  // One step of the optimizer, at `rate_factor` of its rate. The weights are as before when the
  // loss is not finite.
  StepResult Step(const Batch& batch, double rate_factor);

  // Accuracy and loss without learning, with whatever weights are in place.
  StepResult Test(const Batch& batch);

  // Puts the averaged weights in place of the trained ones; again, and they are back. Does nothing
  // when training is plain.
  void SwapAverages();

  NetworkModule& network() { return *network_; }
  std::vector<std::shared_ptr<LatentLayer>>& latents() { return latents_; }

  // `notes` is kept beside the weights. Readers see the old or the new file, never a part.
  Status SaveCheckpoint(const Path& path, const std::string& notes) const;
  // `accept` sees the notes before anything is loaded; what it refuses is refused. kCorruption when
  // any byte has changed.
  Status LoadCheckpoint(const Path& path, const std::function<Status(const std::string&)>& accept);

 private:
  Learner(const LearnerOptions& options, std::shared_ptr<NetworkModule> network);
  Status MakeOptimizer(const LearnerOptions& options);
  std::vector<torch::Tensor> State() const;  // parameters, then running statistics
  void UpdateAverages();
  torch::Tensor Forward(const Batch& batch, StepResult* result);

  torch::Device device_;
  double rate_;
  bool plain_;
  std::shared_ptr<NetworkModule> network_;
  std::vector<std::shared_ptr<LatentLayer>> latents_;
  std::unique_ptr<torch::optim::Optimizer> optimizer_;
  std::vector<double> factors_;          // of the rate, for each of its groups
  std::vector<torch::Tensor> averages_;  // of State(), in its order; none when plain
  int64_t steps_ = 0;
};

// Where training keeps big tensors, the C library's allocator gives memory back to the system and
// asks for it again at every step, which costs a third of the time. Call once, before training.
void TuneAllocator();

}  // namespace hashlens

#endif  // HASHLENS_TRAIN_LEARNER_H_
