// A model package: a folder with a network (image -> feature), its preprocessing and hash heads.
//
//   model.json            name, format version, feature dim, input, digests, list of heads
//   network.xml .bin      OpenVINO IR; input: float32 [N,3,S,S] after normalising; output: [N,dim]
//   head-20.hlh ...       hash heads (hash/head_file.h), one a code length
//   text.xml .bin         only where words can be queries: an IR from tokens to [1,dim]
//   tokenizer.xml .bin    beside it: an IR from a text to tokens, of OpenVINO's tokenizers
//   classifier.hlc        only where classes can be told: rows and biases (hash/classifier.h)
//   classes.json          beside it: their names (class_names.h)
//
// docs/FORMAT.md specifies model.json.
#ifndef HASHLENS_MODEL_MODEL_PACKAGE_H_
#define HASHLENS_MODEL_MODEL_PACKAGE_H_

#include <array>
#include <cstddef>
#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "base/picture_fit.h"
#include "hashlens/status.h"
#include "model/class_names.h"

namespace hashlens {

// What turns a picture into the network's input: a square of RGB8 pixels (image/preprocess.h says
// how `fit` and crop_fraction make it), then (value - mean) / scale for each channel.
struct NetworkInput {
  int size = 224;                               // pixels, square
  double crop_fraction = 0.875;                 // of the shorter side; kStretch: of each side
  std::array<float, 3> mean = {127, 127, 127};  // RGB
  std::array<float, 3> scale = {128, 128, 128};
  PictureFit fit = PictureFit::kSquare;
  bool operator==(const NetworkInput&) const = default;
};

struct PackagedHead {
  int bits = 0;
  std::string method;  // "itq-classifier", "itq", ...
  std::string file;    // name inside the package
  std::string sha256;  // of the file's bytes
};

// The network for texts, whose features are compared with those of pictures (text_encoder.h).
struct PackagedText {
  std::string network_sha256;    // over text.xml, then text.bin
  std::string tokenizer_sha256;  // over tokenizer.xml, then tokenizer.bin
};

// The classifier and the names of its classes. Neither decides a feature.
struct PackagedClassifier {
  int classes = 0;
  std::string sha256;        // of classifier.hlc
  std::string names_sha256;  // of classes.json
};

// model.json, parsed and checked. A value: it holds no open files.
struct ModelPackage {
  std::filesystem::path folder;
  std::string name;
  int dim = 0;  // of the feature
  NetworkInput input;
  std::string network_sha256;  // over network.xml, then network.bin
  // Names everything that decides a feature: network, input and dim. A library holds features of
  // exactly one feature_digest; 64 hexadecimal digits.
  std::string feature_digest;
  std::vector<PackagedHead> heads;  // bits ascending
  std::optional<PackagedText> text = {};
  std::optional<PackagedClassifier> classifier = {};
};

// Whether a package can have this name: a line of up to 200 bytes of UTF-8 that a terminal shows as
// it is.
bool IsModelName(const std::string& name);

// Reads and checks model.json. kNotFound without one, kCorruption for a broken one, kUnsupported
// for a newer format version. Does not read the network: see VerifyModelPackage.
Result<ModelPackage> OpenModelPackage(const std::filesystem::path& folder);

// Reads every file of the package and compares digests. kCorruption names the file that differs.
Status VerifyModelPackage(const ModelPackage& package);

// A head's bytes: exactly those that the digest in model.json names, else kCorruption, also when
// the file is missing.
Result<std::vector<std::byte>> ReadHeadFile(const ModelPackage& package, const PackagedHead& head);

// The classifier's bytes, in the same way. The package must have one.
Result<std::vector<std::byte>> ReadClassifierFile(const ModelPackage& package);
// The names of its classes. kCorruption also where they are not as many as model.json says.
Result<ClassNames> ReadClassNames(const ModelPackage& package);

// Makes a package folder from its parts: copies the network, writes the heads' bytes (already
// serialized) and model.json, all or nothing: `folder` appears complete or not at all.
struct HeadBytes {
  int bits = 0;
  std::string method;
  std::string bytes;
};
// Each with its .bin beside it.
struct TextFiles {
  std::filesystem::path network_xml;
  std::filesystem::path tokenizer_xml;
};
struct ClassifierParts {
  std::string bytes;  // serialized, of names.classes classes
  ClassNames names;
};
Result<ModelPackage> WriteModelPackage(const std::filesystem::path& folder, const std::string& name,
                                       int dim, const NetworkInput& input,
                                       const std::filesystem::path& network_xml,
                                       const std::vector<HeadBytes>& heads,
                                       const std::optional<TextFiles>& text = {},
                                       const std::optional<ClassifierParts>& classifier = {});

// Copies a package durably, all or nothing, as a library does with the model it uses.
Result<ModelPackage> CopyModelPackage(const ModelPackage& package,
                                      const std::filesystem::path& folder);

}  // namespace hashlens

#endif  // HASHLENS_MODEL_MODEL_PACKAGE_H_
