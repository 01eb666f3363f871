// Networks of others as model packages.
#include <nanobind/nanobind.h>
#include <nanobind/stl/array.h>
#include <nanobind/stl/string_view.h>

#include "hashlens/caffe.h"
#include "hashlens/onnx.h"
#include "python/src/bindings.h"
#include "python/src/errors.h"
#include "python/src/long_call.h"
#include "python/src/record.h"

namespace hashlens::python {
namespace {

namespace nb = nanobind;
using Path = std::filesystem::path;

template <typename T>
using Choices = std::initializer_list<std::pair<std::string_view, T>>;

// The value that the name stands for.
template <typename T>
T Choose(const char* argument, std::string_view name, Choices<T> choices) {
  std::string there;
  for (const auto& [known, value] : choices) {
    if (known == name) return value;
    there += (there.empty() ? "" : ", ") + std::string(known);
  }
  Raise(InvalidArgument(std::string(argument) + " " + std::string(name) + ": there are " + there));
}

OnnxImport ImportOnnx(const Path& onnx, const Path& folder, int input_size,
                      std::array<float, 3> mean, std::array<float, 3> std, float pixel_range,
                      std::string_view layout, bool bgr, std::string output, std::string_view pool,
                      double crop, bool stretch, std::vector<int> bits, std::string name,
                      const Path& text_onnx, const Path& tokenizer, std::string text_output) {
  OnnxImportOptions options;
  options.onnx = onnx;
  options.input_size = input_size;
  options.mean = mean;
  options.deviation = std;
  options.pixel_range = pixel_range;
  options.layout = Choose<OnnxLayout>(
      "layout", layout,
      {{"auto", OnnxLayout::kAuto}, {"nchw", OnnxLayout::kNchw}, {"nhwc", OnnxLayout::kNhwc}});
  options.bgr = bgr;
  options.output = std::move(output);
  options.pool = Choose<OnnxPool>("pool", pool,
                                  {{"none", OnnxPool::kNone},
                                   {"mean", OnnxPool::kMean},
                                   {"first", OnnxPool::kFirst},
                                   {"patches", OnnxPool::kPatches}});
  options.crop = crop;
  options.stretch = stretch;
  options.bits = std::move(bits);
  options.name = std::move(name);
  options.text_onnx = text_onnx;
  options.tokenizer = tokenizer;
  options.text_output = std::move(text_output);
  LongCall call{nb::none()};
  return Take(call.Run([&] { return ImportOnnxModel(options, folder); }));
}

CaffeImport ImportCaffe(const Path& prototxt, const Path& weights, const Path& folder,
                        std::string mean, float scale, bool rgb, std::string feature,
                        std::string hash, int bits, int size, bool stretch, std::string name,
                        std::string classifier, const Path& label_names) {
  CaffeImportOptions options;
  options.prototxt = prototxt;
  options.weights = weights;
  options.mean = std::move(mean);
  options.scale = scale;
  options.rgb = rgb;
  options.feature = std::move(feature);
  options.hash = std::move(hash);
  options.bits = bits;
  options.size = size;
  options.stretch = stretch;
  options.name = std::move(name);
  options.classifier = std::move(classifier);
  options.label_names = label_names;
  LongCall call{nb::none()};
  return Take(call.Run([&] { return ImportCaffeModel(options, folder); }));
}

}  // namespace

void BindImports(nb::module_& module) {
  Record<OnnxImport>(module, "OnnxImport", "What importing an ONNX network did.")
      .Field("model", &OnnxImport::model, "the package")
      .Field("output", &OnnxImport::output, "the tensor that is the feature")
      .Field("text_output", &OnnxImport::text_output, "of the text network; empty without one");
  Record<CaffeImport>(module, "CaffeImport", "What importing a Caffe network did.")
      .Field("model", &CaffeImport::model, "the package")
      .Field("feature", &CaffeImport::feature, "the blob that is the feature")
      .Field("layers", &CaffeImport::layers, "of the network that were taken")
      .Field("size", &CaffeImport::size, "pixels of a side that pictures are made")
      .Field("warnings", &CaffeImport::warnings, "what was passed over");
  module.def("import_onnx", &ImportOnnx, nb::arg("onnx"), nb::arg("folder"), nb::arg("input_size"),
             nb::arg("mean"), nb::arg("std"), nb::arg("pixel_range"), nb::arg("layout"),
             nb::arg("bgr"), nb::arg("output"), nb::arg("pool"), nb::arg("crop"),
             nb::arg("stretch"), nb::arg("bits"), nb::arg("name"), nb::arg("text_onnx"),
             nb::arg("tokenizer"), nb::arg("text_output"));
  module.def("import_caffe", &ImportCaffe, nb::arg("prototxt"), nb::arg("weights"),
             nb::arg("folder"), nb::arg("mean"), nb::arg("scale"), nb::arg("rgb"),
             nb::arg("feature"), nb::arg("hash"), nb::arg("bits"), nb::arg("size"),
             nb::arg("stretch"), nb::arg("name"), nb::arg("classifier"), nb::arg("label_names"));
}

}  // namespace hashlens::python
