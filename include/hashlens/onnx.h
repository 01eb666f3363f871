// Networks of ONNX files as model packages: image towers of CLIP, DINOv2, ResNets, and others.
#ifndef HASHLENS_ONNX_H_
#define HASHLENS_ONNX_H_

#include <array>
#include <filesystem>
#include <string>
#include <vector>

#include "hashlens/status.h"
#include "hashlens/types.h"

namespace hashlens {

enum class OnnxLayout { kAuto, kNchw, kNhwc };  // of the picture; kAuto: by which side is 3

// How several vectors of a picture become its feature.
enum class OnnxPool {
  kNone,     // there is one; of a map of channels x rows x columns the mean over all places
  kMean,     // of all tokens
  kFirst,    // the first token, which sums up the picture in many transformers (CLS)
  kPatches,  // the mean of all tokens but the first
};

struct OnnxImportOptions {
  std::filesystem::path onnx;
  int input_size = 0;  // pixels, square; 0: what the network says
  // What is subtracted from a pixel and what it is then divided by: RGB, of pixels from 0 to
  // `pixel_range`.
  std::array<float, 3> mean{};
  std::array<float, 3> deviation{1, 1, 1};
  float pixel_range = 1;  // 1 or 255
  OnnxLayout layout = OnnxLayout::kAuto;
  bool bgr = false;    // order of the network's channels; otherwise RGB
  std::string output;  // the tensor that is the feature; empty: the only output
  OnnxPool pool = OnnxPool::kNone;
  double crop = 0.875;   // side of the part that is seen, of the shorter side; above 0, at most 1
  bool stretch = false;  // the whole picture is seen, made square without keeping its proportions
  std::vector<int> bits = {32, 64, 128, 256};  // of the package's codes; 8..512 each
  std::string name;                            // of the model; empty: the package's folder
  // A network that makes of a text a vector in the same space, such as CLIP's text tower, and what
  // makes its input of the text: an IR (.xml, with its .bin) of OpenVINO's tokenizers. Both, or
  // neither. text_output: as `output`.
  std::filesystem::path text_onnx = {};
  std::filesystem::path tokenizer = {};
  std::string text_output = {};
};

struct OnnxImport {
  ModelInfo model;
  std::string output;            // the tensor that is the feature
  std::string text_output = {};  // that of the text network; empty without one
};

// Makes the package `folder`, which appears complete or not at all. Its codes are random
// hyperplanes until `index` fits codes to a library's own pictures (at 1000 images).
// kInvalidArgument for options that do not fit the network, for one whose feature is not finite or
// does not depend on the picture or text, and for two networks whose features differ in length;
// kCorruption for a file that is no ONNX network; kUnsupported for one, or a tokenizer, that
// OpenVINO cannot run; kNotFound also where OpenVINO's tokenizers are not installed; kIoError.
Result<OnnxImport> ImportOnnxModel(const OnnxImportOptions& options,
                                   const std::filesystem::path& folder);

}  // namespace hashlens

#endif  // HASHLENS_ONNX_H_
