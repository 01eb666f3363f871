// The public function that makes a model package of EfficientNet-Lite weights.
#include <cmath>
#include <numbers>
#include <optional>

#include "base/guard.h"
#include "base/try.h"
#include "hash/fit.h"
#include "hashlens/library.h"
#include "library/models.h"
#include "library/network_package.h"
#include "model/lite_network.h"
#include "model/model_package.h"

namespace hashlens {
namespace {

constexpr int kVariants = 3;
constexpr uint64_t kSeed = 1;
// Length given to the estimated mean feature, as tools/prepare_model.py measured it for Lite0.
constexpr double kMeanNorm = 0.43;

// E[max(x, 0)] for x ~ N(mean, deviation^2).
double MeanAbove(double mean, double deviation) {
  const double ratio = mean / std::max(deviation, 1e-12);
  const double density = std::exp(-0.5 * ratio * ratio) / std::sqrt(2 * std::numbers::pi);
  return mean * 0.5 * (1 + std::erf(ratio / std::numbers::sqrt2)) + deviation * density;
}

struct Expected {
  std::vector<float> mean;  // of unit-length features
  double length = 0;        // typical, of the network's output
};

// Guessed from the last batch-norm alone: E[relu6(x)] for x ~ N(beta, gamma^2). Of Lite0 the length
// comes out at 14.9; the median of 200 photos was 14.1.
Expected ExpectedFeature(const NamedTensors& weights, const std::string& norm) {
  const std::vector<float>& beta = weights.at(norm + ".bias").values;
  const std::vector<float>& gamma = weights.at(norm + ".weight").values;
  std::vector<double> mean(beta.size());
  double squares = 0;
  for (size_t i = 0; i < mean.size(); ++i) {
    const double deviation = std::abs(gamma[i]);
    mean[i] = MeanAbove(beta[i], deviation) - MeanAbove(beta[i] - 6.0, deviation);
    squares += mean[i] * mean[i];
  }
  Expected expected;
  expected.length = std::sqrt(std::max(squares, 1e-12)) / kMeanNorm;
  for (const double value : mean)
    expected.mean.push_back(static_cast<float>(value / expected.length));
  return expected;
}

// None when no class names are given. The weights have _fc.weight, dim numbers a row.
Result<std::optional<ClassifierParts>> LiteClassifier(const Path& weights,
                                                      const NamedTensors& tensors, int dim,
                                                      double length, const LiteOptions& options) {
  std::optional<ClassifierParts> classifier;
  if (options.classes.empty()) return classifier;
  const auto bias = tensors.find("_fc.bias");
  if (bias == tensors.end())
    return Corruption(Printable(weights) + ": has no biases of the classifier, _fc.bias");
  HL_ASSIGN(ClassNames names, ReadClassesFile(options.classes));
  auto made = OutputClassifier(tensors.at("_fc.weight").values, bias->second.values, dim, length,
                               std::move(names));
  if (!made.ok())
    return Status(made.status().code(), Printable(weights) + ": " + made.status().message());
  classifier = std::move(*made);
  return classifier;
}

}  // namespace

Result<ModelInfo> PackLiteModel(const Path& weights, const Path& folder,
                                const LiteOptions& options) try {
  if (options.variant < 0 || options.variant >= kVariants)
    return InvalidArgument("there are variants 0, 1 and 2 of EfficientNet-Lite");
  const std::string name = "efficientnet-lite" + std::to_string(options.variant);
  const Path target = PackageTarget(folder);
  HL_TRY(CheckNewPackage(target, name));
  HL_ASSIGN(const NamedTensors tensors, ReadTensorFile(weights));
  const LiteNetwork network = Lite(options.variant);
  HL_TRY(CheckLiteWeights(network, tensors));
  const auto classifier = tensors.find("_fc.weight");
  if (classifier == tensors.end() || classifier->second.shape.size() != 2 ||
      classifier->second.shape[1] != network.feature_dim)
    return Corruption(Printable(weights) + ": has no classifier, _fc.weight");
  const Expected expected = ExpectedFeature(tensors, network.blocks.back().convs[0].norm);
  std::vector<HeadBytes> heads;
  for (const int bits : options.bits) {
    HL_ASSIGN(const HashHead head,
              HeadFromDirections(classifier->second.values, expected.mean, bits, kSeed));
    heads.push_back({bits, head.method, SerializeHead(head)});
  }
  HL_ASSIGN(const std::optional<ClassifierParts> rows,
            LiteClassifier(weights, tensors, network.feature_dim, expected.length, options));
  NetworkInput input;
  input.size = LiteInputSize(options.variant);
  HL_ASSIGN(const WorkFolder work, WorkFolder::Make(target));
  const Path xml = work.path() / "network.xml";
  HL_TRY(SaveLiteNetwork(network, tensors, {input.size, false}, xml));
  HL_ASSIGN(const ModelPackage package,
            WriteModelPackage(target, name, network.feature_dim, input, xml, heads, {}, rows));
  return InfoOf(package);
} catch (...) {
  return CaughtStatus();
}

}  // namespace hashlens
