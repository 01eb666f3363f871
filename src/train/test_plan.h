// Imported networks and their libtorch modules side by side, for tests.
#ifndef HASHLENS_TRAIN_TEST_PLAN_H_
#define HASHLENS_TRAIN_TEST_PLAN_H_

#include <gtest/gtest.h>

#include <memory>
#include <vector>

#include "model/caffe/known_nets.h"
#include "model/caffe/test_run.h"
#include "train/plan_module.h"

namespace hashlens {

// A network of chance, imported, and the module of its plan.
class PlanPair {
 public:
  explicit PlanPair(const KnownNet& known, const std::string& layer = "", int frozen = 0)
      : files_(known.net) {
    files_.source.feature = known.feature;
    const auto network = files_.Import();
    EXPECT_TRUE(network.ok()) << known.name << ": " << network.status().message();
    if (!network.ok()) return;
    network_ = *network;
    auto plan = ReadNetworkPlan(files_.path("network.xml"), layer);
    EXPECT_TRUE(plan.ok()) << known.name << ": " << plan.status().message();
    if (!plan.ok()) return;
    NetworkInput input;
    input.size = network_.input_size;
    input.mean = {0, 0, 0};
    input.scale = {1, 1, 1};
    module_ = std::make_shared<PlanModule>(
        *std::move(plan), PlanSource{files_.path("network.xml"), layer, input}, frozen);
  }

  PlanModule* module() const { return module_.get(); }
  Path path(const std::string& name) const { return files_.path(name); }
  int size() const { return network_.input_size; }

  torch::Tensor Pictures(int count) const {
    std::vector<torch::Tensor> pictures;
    for (int i = 0; i < count; ++i) {
      const std::vector<uint8_t> pixels = NoisePixels(size(), static_cast<uint32_t>(i));
      pictures.push_back(torch::tensor(std::vector<float>(pixels.begin(), pixels.end()))
                             .view({1, size(), size(), 3})
                             .permute({0, 3, 1, 2}));
    }
    return torch::cat(pictures).contiguous(torch::MemoryFormat::ChannelsLast);
  }

  // What the network file gives for the same pictures.
  torch::Tensor Expected(int count) const {
    std::vector<std::vector<uint8_t>> pictures;
    for (int i = 0; i < count; ++i)
      pictures.push_back(NoisePixels(size(), static_cast<uint32_t>(i)));
    std::vector<torch::Tensor> rows;
    for (const std::vector<float>& feature : files_.Features(network_, pictures))
      rows.push_back(torch::tensor(feature));
    return torch::stack(rows);
  }

  // The largest difference, as a share of the largest number.
  double Difference() const {
    constexpr int kPictures = 2;
    const torch::NoGradGuard no_grad;
    module_->eval();
    const torch::Tensor expected = Expected(kPictures);
    const torch::Tensor features = module_->Forward(Pictures(kPictures));
    EXPECT_EQ(features.sizes(), expected.sizes());
    EXPECT_GT(expected.abs().max().item<double>(), 0);
    return (features - expected).abs().max().item<double>() / expected.abs().max().item<double>();
  }

 private:
  CaffeFiles files_;
  CaffeNetwork network_;
  std::shared_ptr<PlanModule> module_;
};

}  // namespace hashlens

#endif  // HASHLENS_TRAIN_TEST_PLAN_H_
