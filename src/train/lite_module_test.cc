// What libtorch trains against what OpenVINO runs afterwards.
#include "train/lite_module.h"

#include <gtest/gtest.h>

#include <random>

#include "base/temp_folder.h"
#include "base/test_paths.h"
#include "image/preprocess.h"
#include "library/feature_maker.h"
#include "model/encoder.h"
#include "model/test_weights.h"
#include "train/augment.h"
#include "train/latent_layer.h"

namespace hashlens {
namespace {

constexpr int kPictures = 12;

// Smooth, as pictures are: coarse noise made larger.
Image Picture(uint32_t seed, int side) {
  std::mt19937 random(seed);
  Image coarse{5, 5, {}};
  for (int i = 0; i < 75; ++i) coarse.rgb.push_back(static_cast<uint8_t>(random()));
  return Resample(coarse, {0, 0, 5, 5}, side, side);
}

struct Agreement {
  double least_cosine = 1;
  double bits_differ = 0;  // share
};

// Features and 48-bit codes of the module, in eval mode, and of the package made from it, in fp32.
Agreement Compare(LiteModule* module, int size, bool mirror) {
  const TempFolder temp;
  NetworkInput input;
  input.size = size;
  input.crop_fraction = 1;
  const LiteNetwork& network = module->network();
  const Path xml = temp.path() / "network.xml";
  EXPECT_TRUE(SaveLiteNetwork(network, module->Save(), {size, mirror}, xml).ok());
  const auto package =
      WriteModelPackage(temp.path() / "m", "m", network.feature_dim, input, xml, {});
  EXPECT_TRUE(package.ok()) << package.status().message();
  auto encoder = LoadEncoder(*package, {.precision = Precision::kFp32});
  EXPECT_TRUE(encoder.ok()) << encoder.status().message();

  torch::manual_seed(1);
  LatentOptions latent;
  latent.dim = network.feature_dim;
  LatentLayer layer(latent);
  layer.eval();
  const HashHead head =
      layer.Head(std::vector<float>(static_cast<size_t>(network.feature_dim)), "latent");
  const torch::NoGradGuard no_grad;
  module->eval();
  Agreement agreement;
  for (uint32_t seed = 0; seed < kPictures; ++seed) {
    const Image picture = Picture(seed, size);
    std::vector<float> pixels(picture.rgb.size());
    PlainInput(picture, input, size, pixels);
    const torch::Tensor x = torch::tensor(pixels)
                                .view({1, size, size, 3})
                                .permute({0, 3, 1, 2})
                                .contiguous(torch::MemoryFormat::ChannelsLast);
    torch::Tensor ours = module->Forward(x);
    if (mirror) ours = (ours + module->Forward(x.flip({3}))) / 2;
    std::vector<float> theirs(static_cast<size_t>(network.feature_dim));
    EXPECT_TRUE((*encoder)->Encode(picture.rgb, theirs).ok());
    const torch::Tensor other = torch::tensor(theirs).view_as(ours);
    agreement.least_cosine =
        std::min(agreement.least_cosine, torch::cosine_similarity(ours, other, 1).item<double>());
    EXPECT_TRUE(NormaliseAndRound(theirs));
    std::vector<uint8_t> code(CodeBytes(48));
    ApplyHead(head, theirs, code);
    const torch::Tensor h = layer.Forward(ours);
    for (int64_t bit = 0; bit < 48; ++bit) {
      const bool set = (code[static_cast<size_t>(bit / 8)] >> (bit % 8) & 1) != 0;
      agreement.bits_differ += set != (h[0][bit].item<float>() >= 0) ? 1.0 / (48 * kPictures) : 0.0;
    }
  }
  return agreement;
}

void ExpectAgreement(LiteModule* module, int size) {
  for (const bool mirror : {false, true}) {
    const Agreement agreement = Compare(module, size, mirror);
    EXPECT_GT(agreement.least_cosine, 0.999);
    EXPECT_LE(agreement.bits_differ, 0.01);
  }
}

TEST(LiteModule, ThePackageAgreesForRandomWeights) {
  LiteModule module(LiteTiny(), 0);
  ASSERT_TRUE(module.Load(RandomWeights(LiteTiny())).ok());
  ExpectAgreement(&module, 37);
}

TEST(LiteModule, ThePackageAgreesForLite0AfterAFewSteps) {
  const Path parts = DepsDir() / "models/efficientnet-lite0-parts";
  const auto weights = ReadTensorFile(parts / "weights.safetensors");
  ASSERT_TRUE(weights.ok()) << weights.status().message() << "; run tools/setup.sh";
  LiteModule module(Lite0(), 0);
  ASSERT_TRUE(module.Load(*weights).ok());
  torch::optim::SGD optimizer(module.parameters(), torch::optim::SGDOptions(1e-3));
  module.train();
  for (int step = 0; step < 3; ++step) {
    optimizer.zero_grad();
    module.Forward(torch::rand({4, 3, 64, 64})).square().mean().backward();
    optimizer.step();
  }
  ExpectAgreement(&module, 64);
}

TEST(LiteModule, FrozenBlocksKeepWeightsAndStatistics) {
  LiteModule module(LiteTiny(), 2);
  const NamedTensors before = RandomWeights(LiteTiny());
  ASSERT_TRUE(module.Load(before).ok());
  std::vector<torch::Tensor> tuned;
  for (const torch::Tensor& parameter : module.parameters()) {
    if (parameter.requires_grad()) tuned.push_back(parameter);
  }
  torch::optim::SGD optimizer(tuned, torch::optim::SGDOptions(0.1));
  module.train();
  module.Forward(torch::rand({4, 3, 32, 32})).square().mean().backward();
  optimizer.step();
  const NamedTensors after = module.Save();
  const LiteNetwork network = LiteTiny();
  for (size_t b = 0; b < network.blocks.size(); ++b) {
    for (const LiteConv& conv : network.blocks[b].convs) {
      for (const std::string& name : {conv.conv + ".weight", conv.norm + ".running_mean"})
        EXPECT_EQ(before.at(name).values == after.at(name).values, b < 2) << name;
    }
  }
}

TEST(LiteModule, WeightsOfAnotherNetworkAreRefused) {
  LiteModule module(LiteTiny(), 0);
  NamedTensors weights = RandomWeights(LiteTiny());
  weights.erase(weights.begin());
  EXPECT_EQ(module.Load(weights).code(), StatusCode::kCorruption);
}

}  // namespace
}  // namespace hashlens
