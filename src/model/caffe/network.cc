#include "model/caffe/network.h"

#include <algorithm>
#include <cmath>
#include <map>
#include <set>
#include <string>
#include <string_view>
#include <utility>

#include "base/try.h"
#include "model/caffe/layers.h"
#include "model/openvino_errors.h"

namespace hashlens {
namespace {

namespace op = ov::opset8;
using hashlens_caffe::LayerParameter;

constexpr int64_t kMaxFeature = 16383;  // what a hash head takes, less the constant
// Of all blobs of one picture, in numbers: a network that needs more is no network for pictures.
constexpr int64_t kMaxNumbers = int64_t{1} << 28;

using Builder = Result<OvNode> (*)(const LayerContext&);

Builder BuilderOf(std::string_view type) {
  static constexpr std::pair<std::string_view, Builder> kBuilders[] = {
      {"BatchNorm", BuildBatchNorm},
      {"Concat", BuildConcat},
      {"Convolution", BuildConvolution},
      {"Dropout", BuildDropout},
      {"Eltwise", BuildEltwise},
      {"Flatten", BuildFlatten},
      {"InnerProduct", BuildInnerProduct},
      {"LRN", BuildLrn},
      {"PReLU", BuildPRelu},
      {"Pooling", BuildPooling},
      {"ReLU", BuildRelu},
      {"Reshape", BuildReshape},
      {"Scale", BuildScale},
      {"Sigmoid", BuildSigmoid},
      {"Softmax", BuildSoftmax},
      {"Split", BuildSplit},
      {"TanH", BuildTanH},
  };
  for (const auto& [name, builder] : kBuilders) {
    if (name == type) return builder;
  }
  return nullptr;
}

// RGB of 0 to 255 -> the blob that the network calls its input.
OvNode Prepared(const OvNode& rgb, const CaffeInput& input, int64_t channels) {
  OvNode node = rgb;
  if (channels == 1) {
    // Luma of ITU-R BT.601, as Caffe's readers of grey pictures have it.
    node = std::make_shared<op::Convolution>(
        node, FloatConstant({1, 3, 1, 1}, {0.299f, 0.587f, 0.114f}), ov::Strides{1, 1},
        ov::CoordinateDiff{0, 0}, ov::CoordinateDiff{0, 0}, ov::Strides{1, 1});
  } else if (!input.rgb) {
    const OvNode axis = op::Constant::create(ov::element::i64, {}, {1});
    node = std::make_shared<op::Gather>(node, IndexConstant({2, 1, 0}), axis);
  }
  const CaffeMean& mean = input.mean;
  if (!mean.values.empty()) {
    const ov::Shape shape = {1, static_cast<size_t>(mean.channels),
                             static_cast<size_t>(mean.height), static_cast<size_t>(mean.width)};
    node = std::make_shared<op::Subtract>(node, FloatConstant(shape, mean.values));
  }
  if (input.scale != 1)
    node = std::make_shared<op::Multiply>(node, FloatConstant({}, {input.scale}));
  return node;
}

// Builds one layer and puts its tops among the blobs. The operation that it ends with gets its
// name, unless that is among `names`, where it is put.
Status AddLayer(const CaffeLayer& layer, const CaffeBlobs& weights,
                std::map<std::string, OvNode>* blobs, int64_t* numbers,
                std::set<std::string>* names, FillerRandom* fillers = nullptr) {
  std::vector<OvNode> bottoms;
  for (const std::string& bottom : layer.param.bottom()) bottoms.push_back(blobs->at(bottom));
  static const std::vector<CaffeBlob> kNone;
  DrawnBlobs drawn;
  if (fillers != nullptr) {
    HL_ASSIGN(drawn, DrawBlobs({layer, bottoms, kNone}, fillers));
  }
  const auto found = weights.find(layer.param.name());
  const LayerContext context{layer, bottoms,
                             fillers != nullptr       ? drawn.blobs
                             : found == weights.end() ? kNone
                                                      : found->second};
  const Builder builder = BuilderOf(layer.param.type());
  if (builder == nullptr) {
    return context.NotSupported(
        "layers of this type are not taken; docs/caffe.md lists those that are");
  }
  if (layer.param.top_size() != 1 && layer.param.type() != "Split")
    return context.Bad("has " + std::to_string(layer.param.top_size()) + " tops, not 1");
  HL_ASSIGN(const OvNode node,
            GuardOpenVino(StatusCode::kCorruption, layer.where, [&] { return builder(context); }));
  const std::vector<OvNode> made = {node};
  const int64_t count = CountOf(LayerContext{layer, made, kNone}.Shape());
  if (count < 0 || count > kMaxNumbers - *numbers)
    return context.NotSupported("needs more memory for one picture than is reasonable");
  *numbers += count;
  const bool is_new = std::ranges::find(bottoms, node) == bottoms.end();  // no Dropout, no Split
  if (is_new && names->insert(layer.param.name()).second)
    node.get_node()->set_friendly_name(layer.param.name());
  for (const std::string& top : layer.param.top()) (*blobs)[top] = node;
  return {};
}

// lr_mult and decay_mult of a layer's blobs, 1 where they are not given. A layer that gives none
// leaves them open.
void NoteRates(const LayerParameter& param, std::map<std::string, WeightRates>* rates) {
  constexpr int kMostBlobs = 2;  // of layers that learn
  for (int i = 0; param.param_size() > 0 && i < kMostBlobs; ++i) {
    const auto& given =
        i < param.param_size() ? param.param(i) : hashlens_caffe::ParamSpec::default_instance();
    (*rates)[WeightName(param.name(), static_cast<size_t>(i))] = {double{given.lr_mult()},
                                                                  double{given.decay_mult()}};
  }
  if (param.type() != "BatchNorm") return;
  (*rates)[NormFactorName(param.name())] = {0, 0};
  (*rates)[NormShiftName(param.name())] = {0, 0};
}

// A picture of smooth colours (even seeds) or of noise, always the same for a seed.
void FillPicture(uint32_t seed, size_t side, float* values) {
  uint32_t state = seed * 2654435761u + 1;
  const auto next = [&] {
    state = state * 1664525u + 1013904223u;
    return static_cast<float>(state >> 24);
  };
  const float corners[6] = {next(), next(), next(), next(), next(), next()};
  for (size_t c = 0; c < 3; ++c) {
    for (size_t y = 0; y < side; ++y) {
      for (size_t x = 0; x < side; ++x) {
        const float share = static_cast<float>(c == 1 ? x : y) / static_cast<float>(side);
        *values++ = seed % 2 == 0 ? corners[c] * (1 - share) + corners[c + 3] * share : next();
      }
    }
  }
}

}  // namespace

Result<CaffeGraph> BuildCaffeGraph(const CaffeNet& net, const CaffeSelection& selection,
                                   const CaffeBlobs& weights, const CaffeInput& input,
                                   FillerRandom* fillers) {
  const auto [channels, height, width] = net.input_shape;
  if (height != width || (channels != 1 && channels != 3)) {
    return Unsupported(net.file + ": the input is " + ShapeText({channels, height, width}) +
                       " (channels x height x width); square ones of 1 or 3 channels are taken");
  }
  if (CountOf({3, height, width}) < 0)
    return Unsupported(net.file + ": the input needs more memory than is reasonable");
  CaffeGraph graph;
  graph.picture = std::make_shared<op::Parameter>(
      ov::element::f32, ov::PartialShape{-1, 3, ov::Dimension(height), ov::Dimension(width)});
  graph.picture->set_friendly_name("image");
  std::map<std::string, OvNode> blobs;
  blobs[net.input] = Prepared(graph.picture, input, channels);
  int64_t numbers = 0;
  std::set<std::string> names = {"", "image", "feature"};
  for (const size_t i : selection.layers) {
    const LayerParameter& param = net.layers[i].param;
    HL_TRY(AddLayer(net.layers[i], weights, &blobs, &numbers, &names, fillers));
    NoteRates(param, &graph.rates);
    if (param.type() == "Dropout" && param.dropout_param().dropout_ratio() < 1)
      graph.dropout.emplace_back(blobs.at(param.top(0)),
                                 double{param.dropout_param().dropout_ratio()});
  }
  // Tensors have the names of the blobs, as they are at the end of the network.
  for (auto& [name, node] : blobs) node.get_tensor().add_names({name});

  const std::vector<OvNode> made = {blobs.at(selection.feature)};
  const CaffeLayer& last = net.layers[selection.layers.back()];
  const Dims shape = LayerContext{last, made, {}}.Shape();
  const int64_t dim = CountOf(shape);
  if (dim > kMaxFeature) {
    return Unsupported(last.where + ": a feature of " + ShapeText(shape) + " numbers; at most " +
                       std::to_string(kMaxFeature) + " are taken");
  }
  graph.dim = static_cast<int>(dim);
  graph.feature = ReshapeTo(made[0], {1, dim});
  return graph;
}

TrainingNotes NotesOf(const CaffeGraph& graph) {
  TrainingNotes notes;
  notes.rates = graph.rates;
  for (const auto& [node, share] : graph.dropout)
    notes.dropout[node.get_node()->get_friendly_name()] = share;
  return notes;
}

std::vector<CaffeLayerSize> SizesOfCaffeLayers(const CaffeNet& net, const CaffeBlobs& weights) {
  const auto [channels, height, width] = net.input_shape;
  std::map<std::string, OvNode> blobs;
  blobs[net.input] = std::make_shared<op::Parameter>(
      ov::element::f32,
      ov::PartialShape{-1, ov::Dimension(channels), ov::Dimension(height), ov::Dimension(width)});
  int64_t numbers = 0;
  std::set<std::string> names;
  std::vector<CaffeLayerSize> sizes;
  for (const CaffeLayer& layer : net.layers) {
    CaffeLayerSize size{layer.param.name(), layer.param.type(), {}, {}, {}};
    size.blobs.assign(layer.param.top().begin(), layer.param.top().end());
    const bool known = std::ranges::all_of(
        layer.param.bottom(), [&](const std::string& bottom) { return blobs.contains(bottom); });
    const Status status = known ? AddLayer(layer, weights, &blobs, &numbers, &names)
                                : Unsupported(layer.where +
                                              ": the size of what it reads is not "
                                              "known");
    if (status.ok() && !size.blobs.empty()) {
      const std::vector<OvNode> made = {blobs.at(size.blobs.front())};
      const Dims shape = LayerContext{layer, made, {}}.Shape();
      size.shape.assign(shape.begin() + 1, shape.end());
    } else {
      size.problem = status.message();
      for (const std::string& blob : size.blobs) blobs.erase(blob);
    }
    sizes.push_back(std::move(size));
  }
  return sizes;
}

Result<double> TypicalFeatureLength(const CaffeGraph& graph) {
  constexpr uint32_t kPictures = 4;
  const auto side = static_cast<size_t>(graph.picture->get_partial_shape()[2].get_length());
  auto model = std::make_shared<ov::Model>(ov::OutputVector{graph.feature},
                                           ov::ParameterVector{graph.picture}, "probe")
                   ->clone();
  model->reshape(ov::PartialShape{1, 3, ov::Dimension(static_cast<int64_t>(side)),
                                  ov::Dimension(static_cast<int64_t>(side))});
  ov::Core core;
  ov::CompiledModel compiled =
      core.compile_model(model, "CPU", ov::hint::inference_precision(ov::element::f32));
  ov::InferRequest request = compiled.create_infer_request();
  double sum = 0;
  for (uint32_t seed = 0; seed < kPictures; ++seed) {
    FillPicture(seed, side, request.get_input_tensor().data<float>());
    request.infer();
    const auto* values = request.get_output_tensor().data<const float>();
    double squares = 0;
    for (int i = 0; i < graph.dim; ++i) squares += double{values[i]} * values[i];
    if (!std::isfinite(squares))
      return Corruption(
          "the network gives numbers that are not finite; do prototxt, weights, mean "
          "and scale belong together?");
    sum += std::sqrt(squares);
  }
  return sum / kPictures;
}

}  // namespace hashlens
