// The public function that makes a model package of a Caffe network.
#include <optional>
#include <string>
#include <vector>

#include "base/code.h"
#include "base/guard.h"
#include "base/try.h"
#include "hash/classifier.h"
#include "hash/hash_head.h"
#include "hashlens/caffe.h"
#include "library/models.h"
#include "library/network_package.h"
#include "model/caffe/import.h"
#include "model/model_package.h"

namespace hashlens {
namespace {

HashHead LearnedHead(const CaffeNetwork& network) {
  const auto bits = static_cast<size_t>(network.hash.bits);
  const auto dim = static_cast<size_t>(network.dim);
  return {.method = std::string(kCaffeMethod),
          .bits = network.hash.bits,
          .dim = network.dim,
          .seed = 0,
          .mean = std::vector<float>(dim),
          .weights = network.hash.weights,
          .bias = std::vector<float>(bits)};
}

ClassifierInput InputOf(CaffeClassifierReads reads) {
  switch (reads) {
    case CaffeClassifierReads::kLatent:
      return ClassifierInput::kLatent;
    case CaffeClassifierReads::kActivations:
      return ClassifierInput::kActivations;
    case CaffeClassifierReads::kFeature:
      break;
  }
  return ClassifierInput::kFeature;
}

// The lines of the file; without one, numbers.
Result<ClassNames> NamesFor(const CaffeClassifier& classifier, const CaffeImportOptions& options) {
  if (options.label_names.empty()) {
    std::vector<std::string> numbers;
    for (int c = 0; c < classifier.classes; ++c) numbers.push_back(std::to_string(c));
    return ClassNamesOf(numbers);
  }
  constexpr uint64_t kLargest = uint64_t{16} << 20;
  HL_ASSIGN(const std::vector<std::byte> bytes, ReadFile(options.label_names, kLargest));
  const std::string file = Printable(options.label_names) + ": ";
  auto names = ClassNamesOfLines({reinterpret_cast<const char*>(bytes.data()), bytes.size()});
  if (!names.ok()) return Status(names.status().code(), file + names.status().message());
  if (names->classes != classifier.classes) {
    return InvalidArgument(file + std::to_string(names->classes) + " names, but the classifier \"" +
                           Printable(std::string_view(options.classifier)) + "\" has " +
                           std::to_string(classifier.classes) + " classes");
  }
  return names;
}

Result<std::optional<ClassifierParts>> PartsOf(CaffeNetwork* network,
                                               const CaffeImportOptions& options) {
  std::optional<ClassifierParts> parts;
  if (!network->classifier) return parts;
  CaffeClassifier& rows = *network->classifier;
  HL_ASSIGN(ClassNames names, NamesFor(rows, options));
  Classifier classifier;
  classifier.input = InputOf(rows.reads);
  classifier.scores = rows.sigmoid ? ScoreKind::kSigmoid : ScoreKind::kSoftmax;
  classifier.bits = rows.reads == CaffeClassifierReads::kFeature ? 0 : rows.columns;
  classifier.classes = rows.classes;
  classifier.columns = rows.columns;
  classifier.length = static_cast<float>(rows.length);
  classifier.weights = std::move(rows.weights);
  classifier.bias = std::move(rows.bias);
  parts = ClassifierParts{SerializeClassifier(classifier), std::move(names)};
  return parts;
}

NetworkInput InputOf(const CaffeNetwork& network, bool stretch) {
  NetworkInput input;
  input.size = network.input_size;
  input.crop_fraction = network.input_size / static_cast<double>(network.whole);
  input.mean = {0, 0, 0};  // both are in the network
  input.scale = {1, 1, 1};
  input.fit = stretch ? PictureFit::kStretch : PictureFit::kSquare;
  return input;
}

}  // namespace

Result<std::vector<CaffeLayerInfo>> ListCaffeLayers(const Path& prototxt, const Path& weights) try {
  HL_ASSIGN(std::vector<CaffeLayerSize> sizes, ListCaffe(prototxt, weights));
  std::vector<CaffeLayerInfo> layers;
  for (CaffeLayerSize& size : sizes) {
    layers.push_back({std::move(size.name), std::move(size.type), std::move(size.blobs),
                      std::move(size.shape), std::move(size.problem)});
  }
  return layers;
} catch (...) {
  return CaughtStatus();
}

Result<CaffeImport> ImportCaffeModel(const CaffeImportOptions& options, const Path& folder) try {
  const Path target = PackageTarget(folder);
  const std::string name = options.name.empty() ? target.filename().native() : options.name;
  HL_TRY(CheckNewPackage(target, name));
  if (options.weights.empty())
    return InvalidArgument("no weights: name the .caffemodel that belongs to the prototxt");
  if (options.hash.empty() && (options.bits < kMinBits || options.bits > kMaxBits))
    return InvalidArgument("bits must be " + std::to_string(kMinBits) + " to " +
                           std::to_string(kMaxBits));
  HL_ASSIGN(const WorkFolder work, WorkFolder::Make(target));
  const Path xml = work.path() / "network.xml";
  if (options.classifier.empty() && !options.label_names.empty())
    return InvalidArgument("names of classes need a classifier: name the layer that tells them");
  HL_ASSIGN(CaffeNetwork network, ImportCaffe({.prototxt = options.prototxt,
                                               .weights = options.weights,
                                               .mean = options.mean,
                                               .scale = options.scale,
                                               .rgb = options.rgb,
                                               .feature = options.feature,
                                               .hash = options.hash,
                                               .whole = options.size,
                                               .classifier = options.classifier},
                                              xml));
  const HashHead head =
      network.hash.bits > 0 ? LearnedHead(network) : RandomHead(options.bits, network.dim);
  HL_ASSIGN(const std::optional<ClassifierParts> classifier, PartsOf(&network, options));
  HL_ASSIGN(const ModelPackage package,
            WriteModelPackage(target, name, network.dim, InputOf(network, options.stretch), xml,
                              {{head.bits, head.method, SerializeHead(head)}}, {}, classifier));
  return CaffeImport{InfoOf(package), network.feature, network.layers, network.whole,
                     network.warnings};
} catch (...) {
  return CaughtStatus();
}

}  // namespace hashlens
