#include "model/lite_network.h"

#include <array>
#include <cmath>

namespace hashlens {
namespace {

struct Stage {
  int repeat, kernel, stride, expansion, width;
};

LiteNetwork Build(int stem, const std::vector<Stage>& stages, int head) {
  LiteNetwork network;
  network.blocks.push_back({{{"_conv_stem", "_bn0", 3, stem, 3, 2, false, true}}, false});
  int channels = stem;
  int index = 0;
  for (const Stage& stage : stages) {
    for (int i = 0; i < stage.repeat; ++i) {
      const std::string name = "_blocks." + std::to_string(index++) + ".";
      const int stride = i == 0 ? stage.stride : 1;
      const int inner = channels * stage.expansion;
      LiteBlock block;
      if (stage.expansion > 1) {
        block.convs.push_back(
            {name + "_expand_conv", name + "_bn0", channels, inner, 1, 1, false, true});
      }
      block.convs.push_back({name + "_depthwise_conv", name + "_bn1", inner, inner, stage.kernel,
                             stride, true, true});
      block.convs.push_back(
          {name + "_project_conv", name + "_bn2", inner, stage.width, 1, 1, false, false});
      block.residual = stride == 1 && channels == stage.width;
      network.blocks.push_back(std::move(block));
      channels = stage.width;
    }
  }
  network.blocks.push_back({{{"_conv_head", "_bn1", channels, head, 1, 1, false, true}}, false});
  network.feature_dim = head;
  return network;
}

Status CheckTensor(const NamedTensors& weights, const std::string& name,
                   const std::vector<int64_t>& shape) {
  const auto found = weights.find(name);
  if (found == weights.end()) return Corruption("the weights have no tensor " + name);
  if (found->second.shape == shape) return {};
  return Corruption("tensor " + name + " of the weights has another shape than the network");
}

}  // namespace

LiteNetwork Lite0() {
  return Build(32,
               {{1, 3, 1, 1, 16},
                {2, 3, 2, 6, 24},
                {2, 5, 2, 6, 40},
                {3, 3, 2, 6, 80},
                {3, 5, 1, 6, 112},
                {4, 5, 2, 6, 192},
                {1, 3, 1, 6, 320}},
               1280);
}

LiteNetwork LiteTiny() { return Build(8, {{1, 3, 1, 1, 8}, {2, 5, 2, 3, 12}}, 48); }

Status CheckLiteWeights(const LiteNetwork& network, const NamedTensors& weights) {
  for (const LiteBlock& block : network.blocks) {
    for (const LiteConv& c : block.convs) {
      const std::vector<int64_t> kernel = {c.out, c.depthwise ? 1 : c.in, c.kernel, c.kernel};
      if (Status s = CheckTensor(weights, c.conv + ".weight", kernel); !s.ok()) return s;
      for (const char* part : {".weight", ".bias", ".running_mean", ".running_var"}) {
        if (Status s = CheckTensor(weights, c.norm + part, {c.out}); !s.ok()) return s;
      }
    }
  }
  return {};
}

}  // namespace hashlens
