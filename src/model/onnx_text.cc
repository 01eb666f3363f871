#include "model/onnx_text.h"

#include <openvino/openvino.hpp>
#include <openvino/opsets/opset8.hpp>
#include <utility>
#include <vector>

#include "base/try.h"
#include "model/onnx_graph.h"
#include "model/openvino_errors.h"
#include "model/package_files.h"
#include "model/text_encoder.h"

namespace hashlens {
namespace {

namespace op = ov::opset8;

// The tokens of one text in the place of a batch of them. kInvalidArgument for inputs that are no
// tokens.
Status TakeOneText(const std::vector<std::shared_ptr<ov::op::v0::Parameter>>& inputs,
                   const std::string& output, std::string* fixed_batch) {
  std::vector<GraphNode> ports;
  bool tokens = !inputs.empty();
  for (const auto& input : inputs) {
    ports.push_back(input->output(0));
    const ov::PartialShape shape = input->get_partial_shape();
    tokens = tokens && input->get_element_type().is_integral_number() && shape.rank() == 2;
  }
  if (!tokens) {
    const std::string needs = inputs.empty() ? "no input" : List(ports);
    return InvalidArgument(Printable(std::string_view(output)) + " needs " + needs +
                           ": tokens of texts (whole numbers, batch and length) are wanted; "
                           "--text-output may name a tensor that depends on the text alone");
  }
  for (const auto& input : inputs) {
    ov::PartialShape shape = input->get_partial_shape();
    if (shape[0].is_static() && shape[0] != 1) *fixed_batch = shape[0].to_string();
    shape[0] = 1;
    input->set_partial_shape(shape);
  }
  return {};
}

Status CheckShape(const std::string& output, const ov::PartialShape& shape, int dim) {
  const std::string what = Printable(std::string_view(output)) + " is " + shape.to_string();
  if (shape.rank().is_dynamic() || shape.rank().get_length() != 2) {
    return InvalidArgument(what + ": --text-output must name a tensor with one vector a text");
  }
  if (shape[1].is_static() && shape[1] != dim) {
    return InvalidArgument(what + ", but features of pictures have " + std::to_string(dim) +
                           " numbers: both networks must be of one model, and both outputs in "
                           "the space where pictures and texts are compared");
  }
  return {};
}

Result<std::string> Convert(const OnnxImportOptions& options, int dim, const Path& xml) {
  const std::shared_ptr<ov::Model> model = ReadOnnx(options.text_onnx, xml.parent_path());
  HL_ASSIGN(GraphNode feature, FindOutput(*model, options.text_output, "--text-output"));
  const std::string name = NameOf(feature);
  const auto inputs = InputsOf(feature);
  std::string fixed_batch;
  HL_TRY(TakeOneText(inputs, name, &fixed_batch));
  auto whole = std::make_shared<ov::Model>(ov::OutputVector{feature}, inputs);
  if (fixed_batch.empty()) {
    whole->validate_nodes_and_infer_types();
  } else {
    const std::string why = "the network takes " + fixed_batch +
                            " texts at once and cannot be made to take one; export it with a "
                            "batch of 1, or with a free one";
    HL_TRY(GuardOpenVino(StatusCode::kInvalidArgument, why, [&]() -> Status {
      whole->validate_nodes_and_infer_types();
      const ov::PartialShape& shape = feature.get_partial_shape();
      if (shape.rank() != 2 || shape[0].compatible(1)) return {};
      return InvalidArgument(why + ": one text gives " + shape.to_string());
    }));
  }
  HL_TRY(CheckShape(name, feature.get_partial_shape(), dim));
  if (feature.get_element_type() != ov::element::f32)
    feature = std::make_shared<op::Convert>(feature, ov::element::f32);
  feature.get_node_shared_ptr()->set_friendly_name("feature");
  whole = std::make_shared<ov::Model>(ov::OutputVector{feature}, inputs, "text");
  ov::save_model(whole, xml.native(), /*compress_to_fp16=*/false);
  return name;
}

// Two texts, and one as long as any may be.
Status Probe(TextEncoder* encoder) {
  std::string longest;
  while (longest.size() < kMaxTextBytes) longest += "words and more words ";
  longest.resize(kMaxTextBytes);
  std::vector<std::vector<float>> features;
  for (const std::string& text : {std::string("a red car on a street"),
                                  std::string("two cats asleep in the snow"), longest}) {
    features.emplace_back(static_cast<size_t>(encoder->dim()));
    const Status status = encoder->Encode(text, features.back());
    if (status.ok()) continue;
    if (text != longest) return status;
    std::string why = "a text of ";
    why += std::to_string(text.size()) + " bytes: " + status.message();
    // The network itself has given up, on more tokens than it is made for.
    if (status.code() == StatusCode::kIoError)
      why += "; the tokenizer has to cut long texts: convert_tokenizer --max-length N";
    return InvalidArgument(why);
  }
  if (features[0] != features[1]) return {};
  return InvalidArgument(
      "two different texts have the same feature: is --text-output the right one, and the "
      "tokenizer the network's?");
}

}  // namespace

Result<std::string> ImportOnnxText(const OnnxImportOptions& options, int dim, const Path& xml) {
  HL_TRY(OpenRegularFile(options.text_onnx).status());
  HL_TRY(OpenRegularFile(options.tokenizer).status());
  const std::string name = Printable(options.text_onnx);
  auto output =
      GuardOpenVino(StatusCode::kCorruption, name + ": not a network that OpenVINO can read",
                    [&] { return Convert(options, dim, xml); });
  if (output.status().code() == StatusCode::kInvalidArgument)
    return InvalidArgument(name + ": " + output.status().message());
  if (!output.ok()) return output;
  TextBytes parts;
  HL_ASSIGN(parts.network, ReadNetworkFiles(xml));
  HL_ASSIGN(parts.tokenizer, ReadNetworkFiles(options.tokenizer));
  HL_ASSIGN(const std::unique_ptr<TextEncoder> encoder,
            MakeTextEncoder(parts, {options.text_onnx, options.tokenizer}, dim, {}));
  if (const Status status = Probe(encoder.get()); !status.ok())
    return Status(status.code(), name + ": " + status.message());
  return output;
}

}  // namespace hashlens
