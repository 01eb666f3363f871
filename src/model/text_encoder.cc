#include "model/text_encoder.h"

#include <algorithm>
#include <cmath>
#include <cstring>
#include <mutex>
#include <openvino/openvino.hpp>
#include <utility>
#include <vector>

#include "base/text.h"
#include "base/try.h"
#include "model/onnx_graph.h"
#include "model/openvino_errors.h"
#include "model/openvino_settings.h"
#include "model/package_files.h"
#include "model/read_network.h"
#include "model/tokenizers.h"

namespace hashlens {
namespace {

constexpr char kTokens[] = "input_ids";
// The state of a tokenizer that says whether it cuts what is too long; off unless it was converted
// with a length.
constexpr char kCut[] = "truncation";

bool IsTokenType(ov::element::Type type) {
  return type == ov::element::i32 || type == ov::element::i64;
}

Status CheckTokenizer(const ov::Model& tokenizer) {
  const auto inputs = tokenizer.inputs();
  if (inputs.size() != 1 || inputs[0].get_element_type() != ov::element::string) {
    return InvalidArgument("no tokenizer, which has one input, a text; this has " + List(inputs));
  }
  for (const auto& output : tokenizer.outputs()) {
    if (output.get_names().contains(kTokens) && IsTokenType(output.get_element_type())) return {};
  }
  return InvalidArgument("no tokenizer, which gives input_ids (int32 or int64); this gives " +
                         List(tokenizer.outputs()));
}

// From an output of the tokenizer to an input of the network.
struct Wire {
  size_t from = 0;
  size_t to = 0;
};

// By name; one input that is left over gets the tokens.
Result<std::vector<Wire>> Connect(const ov::Model& tokenizer, const ov::Model& network) {
  const auto outputs = tokenizer.outputs();
  const auto inputs = network.inputs();
  std::vector<Wire> wires;
  std::vector<size_t> left;
  bool tokens_used = false;
  const auto output_called = [&](const auto& names) {
    return std::ranges::find_if(outputs, [&](const auto& output) {
      return std::ranges::any_of(
          names, [&](const std::string& name) { return output.get_names().contains(name); });
    });
  };
  for (size_t i = 0; i < inputs.size(); ++i) {
    const auto found = output_called(inputs[i].get_names());
    if (found == outputs.end()) {
      left.push_back(i);
      continue;
    }
    tokens_used = tokens_used || found->get_names().contains(kTokens);
    wires.push_back({static_cast<size_t>(found - outputs.begin()), i});
  }
  if (left.size() == 1 && !tokens_used) {
    const auto tokens = output_called(std::vector<std::string>{kTokens});
    wires.push_back({static_cast<size_t>(tokens - outputs.begin()), left[0]});
    left.clear();
  }
  const auto of_tokens = [&](const Wire& wire) {
    return IsTokenType(outputs[wire.from].get_element_type()) &&
           IsTokenType(inputs[wire.to].get_element_type()) &&
           inputs[wire.to].get_partial_shape().rank() == 2;
  };
  if (left.empty() && std::ranges::all_of(wires, of_tokens)) return wires;
  return InvalidArgument("the network wants " + List(inputs) + " and the tokenizer gives " +
                         List(outputs) +
                         ": names must agree, types be int32 or int64, shapes [1, length]");
}

template <typename From, typename To>
void Copy(const ov::Tensor& from, ov::Tensor* to) {
  const From* values = from.data<const From>();
  std::transform(values, values + from.get_size(), to->data<To>(),
                 [](From value) { return static_cast<To>(value); });
}

// The same numbers in the network's type.
ov::Tensor Converted(const ov::Tensor& tokens, ov::element::Type type) {
  ov::Tensor converted(type, tokens.get_shape());
  const bool from_wide = tokens.get_element_type() == ov::element::i64;
  const bool to_wide = type == ov::element::i64;
  if (from_wide && to_wide) Copy<int64_t, int64_t>(tokens, &converted);
  if (from_wide && !to_wide) Copy<int64_t, int32_t>(tokens, &converted);
  if (!from_wide && to_wide) Copy<int32_t, int64_t>(tokens, &converted);
  if (!from_wide && !to_wide) Copy<int32_t, int32_t>(tokens, &converted);
  return converted;
}

class OpenVinoTextEncoder : public TextEncoder {
 public:
  OpenVinoTextEncoder(const ov::CompiledModel& tokenizer, const ov::CompiledModel& network,
                      std::vector<Wire> wires, int dim)
      : network_inputs_(network.inputs()),
        wires_(std::move(wires)),
        dim_(dim),
        tokenizer_(tokenizer),
        network_(network),
        tokenizer_request_(tokenizer_.create_infer_request()),
        network_request_(network_.create_infer_request()) {
    for (ov::VariableState& state : tokenizer_request_.query_state()) {
      if (state.get_name() != kCut) continue;
      ov::Tensor cut(ov::element::boolean, ov::Shape{});
      *static_cast<char*>(cut.data()) = 1;
      state.set_state(cut);
    }
  }

  int dim() const override { return dim_; }

  Status Encode(std::string_view text, std::span<float> feature) override {
    HL_TRY(CheckText(text));
    if (feature.size() != static_cast<size_t>(dim_))
      return InvalidArgument("text encoder: the feature has the wrong size");
    std::lock_guard lock(mutex_);
    return GuardOpenVino(StatusCode::kIoError, "running the text network", [&]() -> Status {
      HL_TRY(Tokenize(text));
      network_request_.infer();
      return Take(network_request_.get_output_tensor(), feature);
    });
  }

 private:
  // Leaves the tokens in the network's inputs.
  Status Tokenize(std::string_view text) {
    ov::Tensor input(ov::element::string, {1});
    input.data<std::string>()[0] = text;
    tokenizer_request_.set_input_tensor(input);
    tokenizer_request_.infer();
    for (const Wire& wire : wires_) {
      const ov::Tensor tokens = tokenizer_request_.get_output_tensor(wire.from);
      const ov::Shape& shape = tokens.get_shape();
      if (shape.size() != 2 || shape[0] != 1)
        return InvalidArgument("the tokenizer gives " + ov::PartialShape(shape).to_string() +
                               " for one text");
      if (shape[1] == 0) return InvalidArgument("there is no word in it");
      const ov::Output<const ov::Node>& port = network_inputs_[wire.to];
      const ov::Dimension length = port.get_partial_shape()[1];
      if (!length.compatible(static_cast<int64_t>(shape[1]))) {
        return InvalidArgument("the tokenizer gives " + std::to_string(shape[1]) +
                               " tokens, and the network takes " + length.to_string() +
                               ": convert the tokenizer with convert_tokenizer --max-length " +
                               length.to_string() + " --max-padding " + length.to_string());
      }
      network_request_.set_input_tensor(wire.to, Converted(tokens, port.get_element_type()));
    }
    return {};
  }

  Status Take(const ov::Tensor& output, std::span<float> feature) const {
    if (output.get_shape() != ov::Shape{1, feature.size()}) {
      return InvalidArgument("a text gives " + ov::PartialShape(output.get_shape()).to_string() +
                             ", and features of pictures have " + std::to_string(feature.size()) +
                             " numbers");
    }
    std::memcpy(feature.data(), output.data<const float>(), feature.size_bytes());
    const bool finite =
        std::ranges::all_of(feature, [](float value) { return std::isfinite(value); });
    return finite ? Status() : InvalidArgument("the feature of the text is not finite");
  }

  const std::vector<ov::Output<const ov::Node>> network_inputs_;
  const std::vector<Wire> wires_;
  const int dim_;
  ov::CompiledModel tokenizer_;
  ov::CompiledModel network_;
  std::mutex mutex_;  // of the requests
  ov::InferRequest tokenizer_request_;
  ov::InferRequest network_request_;
};

// Of a network that was made for something else.
Status Named(const Status& status, const Path& name) {
  return status.ok() ? status : Status(status.code(), Printable(name) + ": " + status.message());
}

}  // namespace

Status CheckText(std::string_view text) {
  if (text.empty()) return InvalidArgument("an empty text");
  if (text.size() > kMaxTextBytes) {
    return InvalidArgument("a text of " + std::to_string(text.size()) + " bytes; " +
                           std::to_string(kMaxTextBytes) + " are the most");
  }
  return IsUtf8(text) ? Status() : InvalidArgument("the text is not valid UTF-8");
}

Result<std::unique_ptr<TextEncoder>> MakeTextEncoder(const TextBytes& bytes, const TextNames& names,
                                                     int dim, EncoderOptions options) {
  HL_TRY(CheckDevice(options.device));
  HL_ASSIGN(ov::Core* const core, TokenizerCore());
  if (options.precision == Precision::kAuto) options.precision = Precision::kFp32;
  options.parallel = 1;
  const auto tokenizer =
      GuardOpenVino(StatusCode::kUnsupported,
                    Printable(names.tokenizer) + ": not a tokenizer that OpenVINO can read",
                    [&]() -> Result<std::shared_ptr<ov::Model>> {
                      auto model = ReadNetworkModel(core, bytes.tokenizer);
                      HL_TRY(Named(CheckTokenizer(*model), names.tokenizer));
                      return model;
                    });
  if (!tokenizer.ok()) return tokenizer.status();
  const auto load = [&]() -> Result<std::unique_ptr<TextEncoder>> {
    const std::shared_ptr<ov::Model> network = ReadNetworkModel(core, bytes.network);
    if (network->outputs().size() != 1)
      return InvalidArgument(Printable(names.network) + ": not a network with one output");
    auto wires = Connect(**tokenizer, *network);
    HL_TRY(Named(wires.status(), names.network));
    const ov::CompiledModel tokens = core->compile_model(*tokenizer, "CPU");
    const ov::CompiledModel compiled =
        core->compile_model(network, options.device, CompileSettings(options));
    return std::unique_ptr<TextEncoder>(
        std::make_unique<OpenVinoTextEncoder>(tokens, compiled, std::move(*wires), dim));
  };
  return GuardOpenVino(StatusCode::kUnsupported,
                       "loading the text network of " + Printable(names.network), load);
}

Result<std::unique_ptr<TextEncoder>> LoadTextEncoder(const ModelPackage& package,
                                                     const EncoderOptions& options) {
  HL_ASSIGN(const TextBytes bytes, ReadText(package));
  return MakeTextEncoder(bytes, {package.folder / kTextXml, package.folder / kTokenizerXml},
                         package.dim, options);
}

}  // namespace hashlens
