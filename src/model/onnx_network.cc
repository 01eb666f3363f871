#include "model/onnx_network.h"

#include <algorithm>
#include <cmath>
#include <openvino/openvino.hpp>
#include <openvino/opsets/opset8.hpp>
#include <utility>
#include <vector>

#include "base/try.h"
#include "model/encoder.h"
#include "model/onnx_graph.h"
#include "model/openvino_errors.h"
#include "model/package_files.h"

namespace hashlens {
namespace {

namespace op = ov::opset8;
using Node = GraphNode;

constexpr int64_t kMaxDim = 65536;
constexpr int kMaxSide = 4096;

Node Axes(const std::vector<int64_t>& values) {
  return op::Constant::create(ov::element::i64, {values.size()}, values);
}

Result<std::shared_ptr<op::Parameter>> FindPicture(const Node& output) {
  const auto inputs = InputsOf(output);
  if (inputs.size() == 1 && inputs[0]->get_partial_shape().rank() == 4) return inputs[0];
  std::vector<Node> ports;
  for (const auto& input : inputs) ports.push_back(input->output(0));
  const std::string needs = inputs.empty() ? "no input" : List(ports);
  return InvalidArgument(Printable(std::string_view(NameOf(output))) + " needs " + needs +
                         ": one picture (batch, channels, rows and columns) is wanted; --output "
                         "may name a tensor that depends on the picture alone");
}

// Where channels, rows and columns are in the picture's shape.
struct Places {
  size_t channels = 1;
  size_t rows = 2;
  size_t columns = 3;
};

Result<Places> FindPlaces(const ov::PartialShape& shape, OnnxLayout layout) {
  const Places nchw{1, 2, 3};
  const Places nhwc{3, 1, 2};
  const auto fits = [&](const Places& places) { return shape[places.channels].compatible(3); };
  const auto sure = [&](const Places& places) { return shape[places.channels] == 3; };
  Places places = sure(nhwc) && !sure(nchw) ? nhwc : nchw;
  if (layout != OnnxLayout::kAuto) places = layout == OnnxLayout::kNchw ? nchw : nhwc;
  if (fits(places)) return places;
  return InvalidArgument("the picture is " + shape.to_string() +
                         ", without three channels where they should be (--layout says where)");
}

Result<int> FindSide(const ov::PartialShape& shape, const Places& places, int wanted) {
  const ov::Dimension& rows = shape[places.rows];
  const ov::Dimension& columns = shape[places.columns];
  if (wanted == 0 && rows.is_static() && rows == columns && rows.get_length() <= kMaxSide)
    return static_cast<int>(rows.get_length());
  if (wanted == 0) {
    return InvalidArgument("the network takes pictures of " + shape.to_string() +
                           ": say with --input-size how many pixels each side is to have");
  }
  return wanted;
}

// A picture as hashlens gives it ([N,3,S,S], RGB) in the place of the network's own.
std::shared_ptr<op::Parameter> ReplacePicture(const std::shared_ptr<op::Parameter>& picture,
                                              const Places& places, bool bgr, int side) {
  const ov::Dimension batch = picture->get_partial_shape()[0];
  const auto input =
      std::make_shared<op::Parameter>(ov::element::f32, ov::PartialShape{batch, 3, side, side});
  input->set_friendly_name("image");
  Node node = input;
  if (bgr) node = std::make_shared<op::Gather>(node, Axes({2, 1, 0}), Axes({1}));
  if (places.channels == 3) node = std::make_shared<op::Transpose>(node, Axes({0, 2, 3, 1}));
  const ov::element::Type type = picture->get_element_type();
  if (type.is_integral_number())  // converting would cut off what is just below a whole number
    node = std::make_shared<op::Round>(node, op::Round::RoundMode::HALF_TO_EVEN);
  if (type != ov::element::f32) node = std::make_shared<op::Convert>(node, type);
  for (ov::Input<ov::Node> target : picture->output(0).get_target_inputs())
    target.replace_source_output(node);
  return input;
}

// [N, dim] of whatever the network gives.
Result<Node> Pool(Node node, const Places& places, OnnxPool pool) {
  const ov::PartialShape shape = node.get_partial_shape();
  const std::string what = Printable(std::string_view(NameOf(node))) + " is " + shape.to_string();
  if (shape.rank().is_dynamic())
    return InvalidArgument(what + ": the number of its dimensions is not known");
  const int64_t rank = shape.rank().get_length();
  if (rank == 3) {
    if (pool == OnnxPool::kNone) {
      return InvalidArgument(what +
                             ", a vector for each part of the picture: --pool mean, first or "
                             "patches makes one of them");
    }
    if (pool == OnnxPool::kPatches) {
      node = std::make_shared<op::Slice>(node, Axes({1}), Axes({INT64_MAX}), Axes({1}), Axes({1}));
    } else if (pool == OnnxPool::kFirst) {
      node = std::make_shared<op::Slice>(node, Axes({0}), Axes({1}), Axes({1}), Axes({1}));
    }
    return Node(std::make_shared<op::ReduceMean>(node, Axes({1}), false));
  }
  if (pool != OnnxPool::kNone && pool != OnnxPool::kMean)
    return InvalidArgument(what + ": there are no tokens to choose from");
  if (rank == 2) return node;
  if (rank != 4)
    return InvalidArgument(what + ": no feature, which has a number of values a picture");
  const bool channels_last = places.channels == 3;
  return Node(
      std::make_shared<op::ReduceMean>(node, channels_last ? Axes({1, 2}) : Axes({2, 3}), false));
}

NetworkInput InputOf(const OnnxImportOptions& options, int side) {
  NetworkInput input;
  input.size = side;
  input.crop_fraction = options.crop;
  input.fit = options.stretch ? PictureFit::kStretch : PictureFit::kSquare;
  for (size_t c = 0; c < options.mean.size(); ++c) {
    input.mean[c] = options.mean[c] * 255 / options.pixel_range;
    input.scale[c] = options.deviation[c] * 255 / options.pixel_range;
  }
  return input;
}

// Of a network that takes whole numbers: what normalising makes of bytes must be such numbers.
Status CheckPixelType(ov::element::Type type, const NetworkInput& input) {
  if (type.is_real()) return {};
  if (!type.is_integral_number())
    return InvalidArgument("the picture is " + type.get_type_name() + ", which holds no pixels");
  const int bits = static_cast<int>(type.bitwidth());
  const double low = type.is_signed() ? -std::ldexp(1.0, bits - 1) : 0;
  const double high = std::ldexp(1.0, type.is_signed() ? bits - 1 : bits) - 1;
  constexpr double kExact = 1e-3;  // the numbers are floats
  const auto whole = [&](double value) { return std::abs(value - std::round(value)) < kExact; };
  for (size_t c = 0; c < input.mean.size(); ++c) {
    const double first = (0.0 - input.mean[c]) / input.scale[c];
    const double last = (255.0 - input.mean[c]) / input.scale[c];
    if (whole(first) && whole(1.0 / input.scale[c]) && first > low - kExact && last < high + kExact)
      continue;
    const std::string name = (type.is_signed() ? "int" : "uint") + std::to_string(bits);
    const bool centred = type.is_signed() && bits == 8;
    return InvalidArgument("the picture is " + name +
                           ", whole numbers, and --mean, --std and --pixel-range make other "
                           "numbers of its pixels; for pixels as they are in " +
                           name + ": --mean " + (centred ? "128" : "0") +
                           " --std 1 --pixel-range 255");
  }
  return {};
}

// A network that takes a fixed number of pictures at once becomes one that takes one.
Status TakeOnePicture(const std::shared_ptr<ov::Model>& model, const ov::Dimension& batch,
                      const OnnxNetwork& network) {
  const int64_t side = network.input.size;
  const ov::PartialShape picture{1, 3, side, side};
  const ov::PartialShape feature{1, network.dim};
  if (batch.is_dynamic() || batch == 1) {
    const auto probe = model->clone();
    probe->reshape(picture);
    const ov::PartialShape shape = probe->output().get_partial_shape();
    return shape == feature ? Status() : InvalidArgument("one picture gives " + shape.to_string());
  }
  const std::string why = "the network takes " + batch.to_string() +
                          " pictures at once and cannot be made to take one; export it with a "
                          "batch of 1, or with a free one";
  return GuardOpenVino(StatusCode::kInvalidArgument, why, [&]() -> Status {
    model->reshape(picture);
    const ov::PartialShape shape = model->output().get_partial_shape();
    return shape == feature ? Status()
                            : InvalidArgument(why + ": one picture gives " + shape.to_string());
  });
}

// A made-up picture, RGB: a slope, or stripes.
std::vector<uint8_t> ProbePicture(int side, bool stripes) {
  std::vector<uint8_t> picture;
  for (int y = 0; y < side; ++y) {
    for (int x = 0; x < side; ++x) {
      for (int c = 0; c < 3; ++c) {
        const int slope = 255 * (x + (c + 1) * y) / (5 * side);
        picture.push_back(static_cast<uint8_t>(stripes ? ((x + c) / 3 + y / 5) % 2 * 255 : slope));
      }
    }
  }
  return picture;
}

// Runs what was saved, as a library does it.
Status Probe(const Path& xml, const OnnxNetwork& network) {
  ModelPackage package;
  package.folder = xml.parent_path();
  package.dim = network.dim;
  package.input = network.input;
  HL_ASSIGN(const NetworkBytes bytes, ReadNetworkFiles(xml));
  package.network_sha256 = NetworkSha256(bytes);
  EncoderOptions options;
  options.precision = Precision::kFp32;
  HL_ASSIGN(const std::unique_ptr<Encoder> encoder, LoadEncoder(package, options));
  std::vector<std::vector<float>> features;
  for (const bool stripes : {false, true}) {
    features.emplace_back(static_cast<size_t>(network.dim));
    HL_TRY(encoder->Encode(ProbePicture(network.input.size, stripes), features.back()));
    if (!std::ranges::all_of(features.back(), [](float value) { return std::isfinite(value); }))
      return InvalidArgument("the feature of a made-up picture is not finite");
  }
  if (features[0] == features[1])
    return InvalidArgument(
        "two different pictures have the same feature: is --output the right one?");
  return {};
}

Result<OnnxNetwork> Convert(const OnnxImportOptions& options, const Path& xml) {
  const std::shared_ptr<ov::Model> model = ReadOnnx(options.onnx, xml.parent_path());
  HL_ASSIGN(Node feature, FindOutput(*model, options.output, "--output"));
  OnnxNetwork network;
  network.output = NameOf(feature);
  HL_ASSIGN(const auto picture, FindPicture(feature));
  const ov::PartialShape shape = picture->get_partial_shape();
  HL_ASSIGN(const Places places, FindPlaces(shape, options.layout));
  HL_ASSIGN(const int side, FindSide(shape, places, options.input_size));
  network.input = InputOf(options, side);
  HL_TRY(CheckPixelType(picture->get_element_type(), network.input));
  ov::PartialShape sized = shape;
  sized[places.channels] = 3;
  sized[places.rows] = sized[places.columns] = side;
  picture->set_partial_shape(sized);
  const auto input = ReplacePicture(picture, places, options.bgr, side);
  // Shapes with the new input, before anything is said of the feature's.
  auto whole = std::make_shared<ov::Model>(ov::OutputVector{feature}, ov::ParameterVector{input});
  whole->validate_nodes_and_infer_types();
  HL_ASSIGN(Node pooled, Pool(feature, places, options.pool));
  if (pooled.get_element_type() != ov::element::f32)
    pooled = std::make_shared<op::Convert>(pooled, ov::element::f32);
  pooled.get_node_shared_ptr()->set_friendly_name("feature");
  const ov::Dimension dim = pooled.get_partial_shape()[1];
  if (dim.is_dynamic() || dim.get_length() < 2 || dim.get_length() > kMaxDim) {
    return InvalidArgument(Printable(std::string_view(network.output)) + " is " +
                           pooled.get_partial_shape().to_string() + ": a feature has 2 to " +
                           std::to_string(kMaxDim) + " numbers");
  }
  network.dim = static_cast<int>(dim.get_length());
  whole = std::make_shared<ov::Model>(ov::OutputVector{pooled}, ov::ParameterVector{input}, "onnx");
  HL_TRY(TakeOnePicture(whole, shape[0], network));
  ov::save_model(whole, xml.native(), /*compress_to_fp16=*/false);
  return network;
}

// The message names the network's folder of the moment.
Status Of(const std::string& onnx, const Path& xml, const Status& status) {
  std::string message = status.message();
  for (const std::string& own : {Printable(xml), Printable(xml.parent_path())}) {
    for (size_t at = 0; (at = message.find(own, at)) != std::string::npos; at += onnx.size())
      message.replace(at, own.size(), onnx);
  }
  if (message.find(onnx) == std::string::npos) message = onnx + ": " + message;
  return {status.code(), std::move(message)};
}

}  // namespace

Result<OnnxNetwork> ImportOnnx(const OnnxImportOptions& options, const Path& xml) {
  HL_TRY(OpenRegularFile(options.onnx).status());
  const std::string name = Printable(options.onnx);
  auto network = GuardOpenVino(StatusCode::kCorruption,
                               name + ": not a network that OpenVINO can read and run",
                               [&] { return Convert(options, xml); });
  if (!network.ok()) return Of(name, xml, network.status());
  if (const Status status = Probe(xml, *network); !status.ok()) return Of(name, xml, status);
  return network;
}

}  // namespace hashlens
