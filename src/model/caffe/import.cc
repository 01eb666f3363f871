#include "model/caffe/import.h"

#include <algorithm>
#include <cmath>
#include <cstdio>
#include <openvino/openvino.hpp>
#include <openvino/opsets/opset8.hpp>
#include <optional>

#include "base/try.h"
#include "model/caffe/layer_context.h"
#include "model/caffe/network.h"
#include "model/openvino_errors.h"

namespace hashlens {
namespace {

namespace op = ov::opset8;

constexpr int kMaxWhole = 8192;
constexpr int kMinBits = 8, kMaxBits = 512;  // of a hash head
constexpr int kMaxClasses = 1 << 16;

// An InnerProduct's numbers: `weights` of outputs x inputs, and its biases; none when it has none.
struct Rows {
  int outputs = 0;
  std::vector<float> weights;
  std::vector<float> bias;
};

Result<Rows> ReadRows(const LayerContext& context, int inputs) {
  const auto& param = context.layer.param.inner_product_param();
  if (param.axis() != 1 || param.transpose())
    return context.NotSupported("axis other than 1, or transpose");
  Rows rows;
  rows.outputs = static_cast<int>(param.num_output());
  HL_TRY(context.ExpectBlobs(param.bias_term() ? 2 : 1));
  HL_ASSIGN(rows.weights, context.Weights(0, "weights", {rows.outputs, inputs}));
  if (param.bias_term()) {
    HL_ASSIGN(rows.bias, context.Weights(1, "biases", {rows.outputs}));
  }
  return rows;
}

std::vector<CaffeBlob> BlobsOf(const CaffeLayer& layer, const CaffeBlobs& weights) {
  const auto found = weights.find(layer.param.name());
  return found == weights.end() ? std::vector<CaffeBlob>() : found->second;
}

// The latent layer. A bias of which all numbers are 0 counts as none.
Result<Rows> ReadLatent(const CaffeNet& net, const CaffeSelection& selection,
                        const CaffeBlobs& weights, int inputs) {
  const CaffeLayer& layer = net.layers[*selection.hash];
  const std::vector<CaffeBlob> blobs = BlobsOf(layer, weights);
  const LayerContext context{layer, {}, blobs};
  const auto bits = layer.param.inner_product_param().num_output();
  if (bits < kMinBits || bits > kMaxBits) {
    return context.NotSupported("a code of " + std::to_string(bits) + " bits; " +
                                std::to_string(kMinBits) + " to " + std::to_string(kMaxBits) +
                                " are taken");
  }
  HL_ASSIGN(Rows latent, ReadRows(context, inputs));
  if (std::ranges::all_of(latent.bias, [](float b) { return b == 0; })) latent.bias.clear();
  return latent;
}

// inputs: of the feature, as the classifier was trained on it; bits: of the hash layer.
Result<CaffeClassifier> ReadClassifierLayer(const CaffeNet& net,
                                            const CaffeClassifierLayer& selected,
                                            const CaffeBlobs& weights, int inputs, int bits) {
  const CaffeLayer& layer = net.layers[selected.layer];
  const std::vector<CaffeBlob> blobs = BlobsOf(layer, weights);
  const LayerContext context{layer, {}, blobs};
  const auto classes = layer.param.inner_product_param().num_output();
  if (classes < 1 || classes > kMaxClasses) {
    return context.NotSupported(std::to_string(classes) + " classes; 1 to " +
                                std::to_string(kMaxClasses) + " are taken");
  }
  CaffeClassifier classifier;
  classifier.reads = selected.reads;
  classifier.sigmoid = selected.sigmoid;
  classifier.columns = selected.reads == CaffeClassifierReads::kFeature ? inputs : bits;
  HL_ASSIGN(Rows rows, ReadRows(context, classifier.columns));
  classifier.classes = rows.outputs;
  classifier.weights = std::move(rows.weights);
  classifier.bias = std::move(rows.bias);
  classifier.bias.resize(static_cast<size_t>(classifier.classes));
  return classifier;
}

// The same for features with one number more, which it does not read.
void AddUnreadColumn(CaffeClassifier* classifier) {
  std::vector<float> wider;
  const auto columns = static_cast<size_t>(classifier->columns);
  wider.reserve(classifier->weights.size() + static_cast<size_t>(classifier->classes));
  for (size_t c = 0; c < static_cast<size_t>(classifier->classes); ++c) {
    const float* const row = classifier->weights.data() + c * columns;
    wider.insert(wider.end(), row, row + columns);
    wider.push_back(0);
  }
  classifier->weights = std::move(wider);
  ++classifier->columns;
}

// The latent layer on [feature, constant]: the sign of weights . f + bias, which the scaling of a
// feature to unit length leaves as it is.
Result<CaffeHash> MakeHash(const Rows& latent, int inputs, float constant) {
  if (latent.bias.empty()) return CaffeHash{latent.outputs, latent.weights};
  CaffeHash hash{latent.outputs, {}};
  for (int bit = 0; bit < latent.outputs; ++bit) {
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
std::vector<std::string> Warnings(const CaffeNet& net, const CaffeSelection& selection,
                                  const std::optional<CaffeClassifierLayer>& classifier) {
  std::vector<size_t> taken = selection.layers;
  if (selection.hash) taken.push_back(*selection.hash);
  if (classifier) taken.push_back(classifier->layer);
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

// The mean that the source names, else that of the prototxt's layer that reads pictures.
std::string MeanText(const CaffeSource& source, const CaffeTransform& transform) {
  if (!source.mean.empty()) return source.mean;
  if (!transform.mean_file.empty()) return transform.mean_file;
  std::string text;
  char number[32];
  for (const float value : transform.mean_values) {
    std::snprintf(number, sizeof number, "%.9g", double{value});
    text += (text.empty() ? "" : ",") + std::string(number);
  }
  return text;
}

Result<CaffeNetwork> Import(const CaffeSource& source, const Path& xml) {
  const bool drawn = source.weights.empty();
  HL_ASSIGN(const CaffeNet net, ReadPrototxt(source.prototxt, {drawn, source.data_size}));
  std::string feature = source.feature;
  if (drawn && feature.empty() && source.hash.empty()) {
    HL_ASSIGN(feature, FeatureForTraining(net));
  }
  HL_ASSIGN(const CaffeSelection selection, SelectCaffeLayers(net, feature, source.hash));
  std::optional<CaffeClassifierLayer> classifier;
  if (!source.classifier.empty()) {
    HL_ASSIGN(classifier, SelectCaffeClassifier(net, selection, source.classifier));
  }
  CaffeNetwork network;
  network.warnings = Warnings(net, selection, classifier);
  network.feature = selection.feature;
  network.layers = static_cast<int>(selection.layers.size());
  network.input_size = static_cast<int>(net.input_shape[2]);
  HL_ASSIGN(network.whole, ChooseWhole(source, net));
  HL_ASSIGN(const CaffeMean mean, ReadCaffeMean(MeanText(source, net.transform)));
  const float scale = source.scale * net.transform.scale;
  if (!std::isfinite(scale) || scale == 0)
    return InvalidArgument(net.file + ": the scale of pixels must be a number other than 0");
  CaffeInput input{{}, scale, source.rgb};
  HL_ASSIGN(input.mean, FitCaffeMean(mean, static_cast<int>(net.input_shape[0]), network.input_size,
                                     network.whole));

  std::vector<std::byte> bytes;  // the weights point into it
  CaffeBlobs weights;
  if (!drawn) {
    HL_ASSIGN(bytes, ReadFile(source.weights, kMaxCaffeModelBytes));
    auto parsed = ParseCaffeModel(bytes);
    if (!parsed.ok())
      return Status(parsed.status().code(),
                    Printable(source.weights) + ": " + parsed.status().message());
    weights = *std::move(parsed);
  }
  FillerRandom fillers(source.seed);
  HL_ASSIGN(const CaffeGraph graph,
            BuildCaffeGraph(net, selection, weights, input, drawn ? &fillers : nullptr));
  HL_ASSIGN(const double length, TypicalFeatureLength(graph));
  OvNode output = graph.feature;
  network.dim = graph.dim;
  if (classifier) {
    const auto bits =
        selection.hash ? net.layers[*selection.hash].param.inner_product_param().num_output() : 0;
    HL_ASSIGN(network.classifier,
              ReadClassifierLayer(net, *classifier, weights, graph.dim, static_cast<int>(bits)));
    network.classifier->length = length;
  }
  if (selection.hash) {
    HL_ASSIGN(const Rows latent, ReadLatent(net, selection, weights, graph.dim));
    const float constant = ConstantFor(length);
    HL_ASSIGN(network.hash, MakeHash(latent, graph.dim, constant));
    if (!latent.bias.empty()) {
      output = WithConstant(output, constant);
      ++network.dim;
      if (classifier && classifier->reads == CaffeClassifierReads::kFeature)
        AddUnreadColumn(&*network.classifier);
    }
  }
  output.get_node_shared_ptr()->set_friendly_name("feature");
  const auto model = std::make_shared<ov::Model>(ov::OutputVector{output},
                                                 ov::ParameterVector{graph.picture}, "caffe");
  NoteForTraining(NotesOf(graph), model.get());
  ov::save_model(model, xml.native(), /*compress_to_fp16=*/false);
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

Result<int> CaffeInputSize(const Path& prototxt, int data_size) {
  HL_ASSIGN(const CaffeNet net, ReadPrototxt(prototxt, {true, data_size}));
  return static_cast<int>(net.input_shape[2]);
}

Result<CaffeNetwork> ImportCaffe(const CaffeSource& source, const Path& xml) {
  if (!std::isfinite(source.scale) || source.scale == 0)
    return InvalidArgument("the scale of pixels must be a number other than 0");
  return GuardOpenVino(StatusCode::kIoError, "importing " + Printable(source.prototxt),
                       [&] { return Import(source, xml); });
}

}  // namespace hashlens
