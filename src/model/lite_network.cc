#include "model/lite_network.h"

#include <algorithm>
#include <array>
#include <cmath>

namespace hashlens {
namespace {

struct Stage {
  int repeat, kernel, stride, expansion, width;
};

struct Scaling {
  double width, depth;
  int input_size;
};
constexpr std::array<Scaling, 3> kScalings = {{{1.0, 1.0, 224}, {1.0, 1.1, 240}, {1.1, 1.2, 260}}};

// The nearest multiple of 8 that is not a tenth smaller.
int RoundedWidth(double width) {
  constexpr int kMultiple = 8;
  int rounded =
      std::max(kMultiple, static_cast<int>(width + kMultiple / 2.0) / kMultiple * kMultiple);
  if (rounded < 0.9 * width) rounded += kMultiple;
  return rounded;
}

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

LiteNetwork Lite(int variant) {
  const Scaling& scaling = kScalings.at(static_cast<size_t>(variant));
  std::vector<Stage> stages = {{1, 3, 1, 1, 16}, {2, 3, 2, 6, 24},  {2, 5, 2, 6, 40},
                               {3, 3, 2, 6, 80}, {3, 5, 1, 6, 112}, {4, 5, 2, 6, 192},
                               {1, 3, 1, 6, 320}};
  for (Stage& stage : stages) {
    // The first and the last stage keep their depth; so do the widths of stem and head.
    const bool inner = &stage != &stages.front() && &stage != &stages.back();
    if (inner) stage.repeat = static_cast<int>(std::ceil(scaling.depth * stage.repeat));
    stage.width = RoundedWidth(scaling.width * stage.width);
  }
  return Build(32, stages, 1280);
}

int LiteInputSize(int variant) { return kScalings.at(static_cast<size_t>(variant)).input_size; }

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
