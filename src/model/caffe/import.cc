#include "model/caffe/import.h"

#include <algorithm>
#include <cmath>
#include <openvino/openvino.hpp>
#include <openvino/opsets/opset8.hpp>

#include "base/try.h"
#include "model/caffe/layer_context.h"
#include "model/caffe/network.h"
#include "model/openvino_errors.h"

namespace hashlens {
namespace {

namespace op = ov::opset8;

constexpr int kMaxWhole = 8192;
constexpr int kMinBits = 8, kMaxBits = 512;  // of a hash head

// The latent layer: `weights` of bits x inputs, and its biases; none when they are all 0.
struct Latent {
  int bits = 0;
  std::vector<float> weights;
  std::vector<float> bias;
};

Result<Latent> ReadLatent(const CaffeNet& net, const CaffeSelection& selection,
                          const CaffeBlobs& weights, int inputs) {
  const CaffeLayer& layer = net.layers[*selection.hash];
  const auto& param = layer.param.inner_product_param();
  const auto found = weights.find(layer.param.name());
  const std::vector<CaffeBlob> blobs =
      found == weights.end() ? std::vector<CaffeBlob>() : found->second;
  const LayerContext context{layer, {}, blobs};
  Latent latent;
  if (param.num_output() < kMinBits || param.num_output() > kMaxBits) {
    return context.NotSupported("a code of " + std::to_string(param.num_output()) + " bits; " +
                                std::to_string(kMinBits) + " to " + std::to_string(kMaxBits) +
                                " are taken");
  }
  if (param.axis() != 1 || param.transpose())
    return context.NotSupported("axis other than 1, or transpose");
  latent.bits = static_cast<int>(param.num_output());
  HL_TRY(context.ExpectBlobs(param.bias_term() ? 2 : 1));
  HL_ASSIGN(latent.weights, context.Weights(0, "weights", {latent.bits, inputs}));
  if (param.bias_term()) {
    HL_ASSIGN(latent.bias, context.Weights(1, "biases", {latent.bits}));
  }
  if (std::ranges::all_of(latent.bias, [](float b) { return b == 0; })) latent.bias.clear();
  return latent;
}

// The latent layer on [feature, constant]: the sign of weights . f + bias, which the scaling of a
// feature to unit length leaves as it is.
Result<CaffeHash> MakeHash(const Latent& latent, int inputs, float constant) {
  if (latent.bias.empty()) return CaffeHash{latent.bits, latent.weights};
  CaffeHash hash{latent.bits, {}};
  for (int bit = 0; bit < latent.bits; ++bit) {
    const auto row = latent.weights.begin() + std::ptrdiff_t{bit} * inputs;
    hash.weights.insert(hash.weights.end(), row, row + inputs);
    hash.weights.push_back(latent.bias[static_cast<size_t>(bit)] / constant);
    if (!std::isfinite(hash.weights.back()))
      return Corruption("a bias of the hash layer is far larger than its features");
  }
  return hash;
}

// A power of two, by which nothing is rounded: about a 16th of the feature's length. Then it is
// 0.4 % of squared lengths, and far from the smallest numbers of fp16.
float ConstantFor(double length) {
  if (length <= 0) return 1;
  return static_cast<float>(std::exp2(std::clamp(std::round(std::log2(length / 16)), -60.0, 60.0)));
}

OvNode WithConstant(const OvNode& feature, float constant) {
  return std::make_shared<op::Pad>(feature, IndexConstant({0, 0}), IndexConstant({0, 1}),
                                   FloatConstant({}, {constant}), ov::op::PadMode::CONSTANT);
}

// What the file says of the layers that were taken and nobody understood.
std::vector<std::string> Warnings(const CaffeNet& net, const CaffeSelection& selection) {
  std::vector<size_t> taken = selection.layers;
  if (selection.hash) taken.push_back(*selection.hash);
  std::vector<std::string> warnings;
  for (const CaffeNote& note : net.notes) {
    const bool concerns = std::ranges::any_of(taken, [&](size_t i) {
      return net.layers[i].first_line <= note.line && note.line <= net.layers[i].last_line;
    });
    if (concerns) {
      warnings.push_back(net.file + ":" + std::to_string(note.line) +
                         ": passed over: " + note.text);
    }
  }
  return warnings;
}

Result<int> ChooseWhole(const CaffeSource& source, const CaffeNet& net) {
  const int size = static_cast<int>(net.input_shape[2]);
  const int whole = source.whole == 0 ? UsualCaffeWhole(size) : source.whole;
  if (whole < size || whole > kMaxWhole) {
    return InvalidArgument("pictures of " + std::to_string(whole) +
                           " pixels for a network that "
                           "sees " +
                           std::to_string(size) + ": must be that or more, up to " +
                           std::to_string(kMaxWhole));
  }
  return whole;
}

Result<CaffeNetwork> Import(const CaffeSource& source, const Path& xml) {
  HL_ASSIGN(const CaffeNet net, ReadPrototxt(source.prototxt));
  HL_ASSIGN(const CaffeSelection selection, SelectCaffeLayers(net, source.feature, source.hash));
  CaffeNetwork network;
  network.warnings = Warnings(net, selection);
  network.feature = selection.feature;
  network.layers = static_cast<int>(selection.layers.size());
  network.input_size = static_cast<int>(net.input_shape[2]);
  HL_ASSIGN(network.whole, ChooseWhole(source, net));
  HL_ASSIGN(const CaffeMean mean, ReadCaffeMean(source.mean));
  CaffeInput input{{}, source.scale, source.rgb};
  HL_ASSIGN(input.mean, FitCaffeMean(mean, static_cast<int>(net.input_shape[0]), network.input_size,
                                     network.whole));

  HL_ASSIGN(const std::vector<std::byte> bytes, ReadFile(source.weights, kMaxCaffeModelBytes));
  const auto weights = ParseCaffeModel(bytes);
  if (!weights.ok())
    return Status(weights.status().code(),
                  Printable(source.weights) + ": " + weights.status().message());
  HL_ASSIGN(const CaffeGraph graph, BuildCaffeGraph(net, selection, *weights, input));
  HL_ASSIGN(const double length, TypicalFeatureLength(graph));
  OvNode output = graph.feature;
  network.dim = graph.dim;
  if (selection.hash) {
    HL_ASSIGN(const Latent latent, ReadLatent(net, selection, *weights, graph.dim));
    const float constant = ConstantFor(length);
    HL_ASSIGN(network.hash, MakeHash(latent, graph.dim, constant));
    if (!latent.bias.empty()) {
      output = WithConstant(output, constant);
      ++network.dim;
    }
  }
  output.get_node_shared_ptr()->set_friendly_name("feature");
  ov::save_model(std::make_shared<ov::Model>(ov::OutputVector{output},
                                             ov::ParameterVector{graph.picture}, "caffe"),
                 xml.native(), /*compress_to_fp16=*/false);
  return network;
}

}  // namespace

int UsualCaffeWhole(int size) { return size >= 224 && size <= 256 ? 256 : size; }

Result<std::vector<CaffeLayerSize>> ListCaffe(const Path& prototxt, const Path& weights) {
  const auto list = [&]() -> Result<std::vector<CaffeLayerSize>> {
    HL_ASSIGN(const CaffeNet net, ReadPrototxt(prototxt));
    HL_ASSIGN(const std::vector<std::byte> bytes, ReadFile(weights, kMaxCaffeModelBytes));
    const auto blobs = ParseCaffeModel(bytes);
    if (!blobs.ok())
      return Status(blobs.status().code(), Printable(weights) + ": " + blobs.status().message());
    return SizesOfCaffeLayers(net, *blobs);
  };
  return GuardOpenVino(StatusCode::kIoError, "reading " + Printable(prototxt), list);
}

Result<CaffeNetwork> ImportCaffe(const CaffeSource& source, const Path& xml) {
  if (!std::isfinite(source.scale) || source.scale == 0)
    return InvalidArgument("the scale of pixels must be a number other than 0");
  return GuardOpenVino(StatusCode::kIoError, "importing " + Printable(source.prototxt),
                       [&] { return Import(source, xml); });
}

}  // namespace hashlens
