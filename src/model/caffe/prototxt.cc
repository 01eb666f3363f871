#include "model/caffe/prototxt.h"

#include <google/protobuf/io/tokenizer.h>
#include <google/protobuf/text_format.h>

#include <limits>
#include <utility>

#include "base/guard.h"
#include "base/try.h"
#include "model/caffe/upgrade.h"

namespace hashlens {
namespace {

namespace pb = google::protobuf;
using hashlens_caffe::BlobShape;
using hashlens_caffe::LayerParameter;
using hashlens_caffe::NetParameter;

constexpr int kMaxDepth = 16;  // of messages in messages
constexpr size_t kMaxNotes = 1000;

std::string At(const std::string& file, int line) {
  return file + ":" + std::to_string(line) + ": ";
}

// Keeps the first error and the warnings, which are about unknown fields.
class Collector final : public pb::io::ErrorCollector {
 public:
  void AddError(int line, int, const std::string& message) override {
    if (error.text.empty()) error = {line + 1, Tidy(message)};
  }
  void AddWarning(int line, int, const std::string& message) override {
    if (notes.size() < kMaxNotes) notes.push_back({line + 1, Tidy(message)});
  }
  CaffeNote error;
  std::vector<CaffeNote> notes;

 private:
  // Without the name of our package, which nobody wrote, and the full stop.
  static std::string Tidy(std::string message) {
    const std::string package = "hashlens_caffe.";
    for (size_t at; (at = message.find(package)) != std::string::npos;)
      message.erase(at, package.size());
    while (!message.empty() && message.back() == '.') message.pop_back();
    return Printable(std::string_view(message));
  }
};

struct Parsed {
  NetParameter net;
  pb::TextFormat::ParseInfoTree places;
  std::vector<CaffeNote> notes;
};

Status ParseText(const std::string& text, const std::string& file, Parsed* parsed) {
  // The parser counts lines and columns with int, and looks at every byte several times.
  if (text.size() > kMaxPrototxtBytes)
    return InvalidArgument(file + ": over the limit of " + std::to_string(kMaxPrototxtBytes) +
                           " bytes for a .prototxt");
  Collector collector;
  pb::TextFormat::Parser parser;
  parser.AllowUnknownField(true);
  parser.SetRecursionLimit(kMaxDepth);
  parser.RecordErrorsTo(&collector);
  parser.WriteLocationsTo(&parsed->places);
  if (!parser.ParseFromString(text, &parsed->net)) {
    return Corruption(At(file, collector.error.line) +
                      "not a Caffe network: " + collector.error.text);
  }
  parsed->notes = std::move(collector.notes);
  return {};
}

// The layers in order, and the lines that they stand on. A file has them all in one of two fields.
Status TakeLayers(const Parsed& parsed, CaffeNet* net) {
  const auto& old = parsed.net.layers();
  const auto& now = parsed.net.layer();
  if (!old.empty() && !now.empty())
    return Corruption(net->file + ": has both `layer` and `layers`; a network has one of them");
  const auto count = static_cast<size_t>(old.size()) + static_cast<size_t>(now.size());
  if (count == 0) return Corruption(net->file + ": no layers; not the description of a network");
  if (count > kMaxCaffeLayers)
    return Unsupported(net->file + ": more than " + std::to_string(kMaxCaffeLayers) + " layers");
  const pb::FieldDescriptor* field =
      NetParameter::descriptor()->FindFieldByName(now.empty() ? "layers" : "layer");
  for (int i = 0; i < static_cast<int>(count); ++i) {
    const auto range = parsed.places.GetLocationRange(field, i);
    if (now.empty() && old[i].has_layer()) {
      return Unsupported(
          At(net->file, range.start.line + 1) +
          "the form of 2013; bring it up to date with Caffe's upgrade_net_proto_text");
    }
    CaffeLayer layer;
    layer.param = now.empty() ? UpgradeCaffeLayer(old[i]) : now[i];
    layer.first_line = range.start.line + 1;
    layer.last_line = range.end.line + 1;
    layer.where = At(net->file, layer.first_line) + "layer \"" +
                  Printable(std::string_view(layer.param.name())) + "\" (" +
                  Printable(std::string_view(layer.param.type())) + ")";
    if (IsInTestPhase(layer.param)) net->layers.push_back(std::move(layer));
  }
  return {};
}

// [N,C,H,W]; N is as many pictures as one likes.
Status TakeShape(const std::vector<int64_t>& shape, const std::string& where, CaffeNet* net) {
  if (shape.size() != 4)
    return Unsupported(where + ": the input has " + std::to_string(shape.size()) +
                       " dimensions, not the 4 of pictures (pictures, channels, height, width)");
  for (size_t i = 0; i < 3; ++i) {
    if (shape[i + 1] < 1 || shape[i + 1] > std::numeric_limits<int16_t>::max())
      return Corruption(where + ": the input's channels, height and width must be 1 to 32767");
    net->input_shape[i] = shape[i + 1];
  }
  return {};
}

std::vector<int64_t> DimsOf(const BlobShape& shape) {
  return {shape.dim().begin(), shape.dim().end()};
}

// `input: "data"` with input_shape, or with four input_dim.
Status TakeInputField(const NetParameter& proto, CaffeNet* net) {
  if (proto.input_size() > 1)
    return Unsupported(net->file + ": the network has " + std::to_string(proto.input_size()) +
                       " inputs; only one, the picture, can be given to it");
  net->input = proto.input(0);
  if (proto.input_shape_size() > 0) return TakeShape(DimsOf(proto.input_shape(0)), net->file, net);
  return TakeShape({proto.input_dim().begin(), proto.input_dim().end()}, net->file, net);
}

bool ReadsPictures(const LayerParameter& layer) {
  return layer.type() == "Data" || layer.type() == "ImageData" || layer.type() == "HDF5Data" ||
         layer.type() == "WindowData" || layer.type() == "MemoryData";
}

// The input of a training prototxt: its first top, as it comes out of the layer.
Status TakeDataLayer(const CaffeLayer& layer, const CaffeDataLayers& data, CaffeNet* net) {
  const auto& transform = layer.param.transform_param();
  const auto& images = layer.param.image_data_param();
  int64_t size = transform.crop_size();
  if (size == 0 && images.new_height() == images.new_width()) size = images.new_height();
  if (size == 0) size = data.size;
  if (size == 0) {
    return Unsupported(layer.where + ": does not say how large pictures are; --image-size does");
  }
  const int64_t channels = transform.force_gray() || !images.is_color() ? 1 : 3;
  net->input = layer.param.top(0);
  net->transform.mean_file = transform.mean_file();
  net->transform.mean_values.assign(transform.mean_value().begin(), transform.mean_value().end());
  net->transform.scale = transform.scale();
  return TakeShape({1, channels, size, size}, layer.where, net);
}

// A layer without bottoms gives the picture: that of type Input says how large it is.
Status TakeInputLayer(const CaffeDataLayers& data, CaffeNet* net) {
  const CaffeLayer* found = nullptr;
  for (const CaffeLayer& layer : net->layers) {
    if (layer.param.bottom_size() > 0 || layer.param.top_size() == 0) continue;
    if (found != nullptr)
      return Unsupported(layer.where + ": a second input; only one, the picture, can be given");
    found = &layer;
  }
  if (found == nullptr)
    return Corruption(net->file + ": no input: neither `input:` nor a layer of type Input");
  if (data.taken && ReadsPictures(found->param)) {
    HL_TRY(TakeDataLayer(*found, data, net));
    net->layers.erase(net->layers.begin() + (found - net->layers.data()));
    return {};
  }
  if (found->param.type() != "Input") {
    return Unsupported(found->where +
                       ": does not say how large pictures are; take the deploy.prototxt, which "
                       "has `input:` or a layer of type Input");
  }
  if (found->param.top_size() != 1 || found->param.input_param().shape_size() != 1)
    return Unsupported(found->where + ": must have one top and one shape");
  net->input = found->param.top(0);
  HL_TRY(TakeShape(DimsOf(found->param.input_param().shape(0)), found->where, net));
  net->layers.erase(net->layers.begin() + (found - net->layers.data()));
  return {};
}

}  // namespace

Result<CaffeNet> ParsePrototxt(const std::string& text, const std::string& file,
                               const CaffeDataLayers& data) {
  return GuardExceptions([&]() -> Result<CaffeNet> {
    Parsed parsed;
    HL_TRY(ParseText(text, file, &parsed));
    CaffeNet net;
    net.file = file;
    net.notes = std::move(parsed.notes);
    HL_TRY(TakeLayers(parsed, &net));
    HL_TRY(parsed.net.input_size() > 0 ? TakeInputField(parsed.net, &net)
                                       : TakeInputLayer(data, &net));
    return net;
  });
}

Result<CaffeNet> ReadPrototxt(const Path& path, const CaffeDataLayers& data) {
  HL_ASSIGN(const std::vector<std::byte> bytes, ReadFile(path, kMaxPrototxtBytes));
  return ParsePrototxt({reinterpret_cast<const char*>(bytes.data()), bytes.size()}, Printable(path),
                       data);
}

}  // namespace hashlens
