// The public function that makes a model package of a Caffe network.
#include "base/code.h"
#include "base/guard.h"
#include "base/try.h"
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
  if (options.hash.empty() && (options.bits < kMinBits || options.bits > kMaxBits))
    return InvalidArgument("bits must be " + std::to_string(kMinBits) + " to " +
                           std::to_string(kMaxBits));
  HL_ASSIGN(const WorkFolder work, WorkFolder::Make(target));
  const Path xml = work.path() / "network.xml";
  HL_ASSIGN(const CaffeNetwork network, ImportCaffe({.prototxt = options.prototxt,
                                                     .weights = options.weights,
                                                     .mean = options.mean,
                                                     .scale = options.scale,
                                                     .rgb = options.rgb,
                                                     .feature = options.feature,
                                                     .hash = options.hash,
                                                     .whole = options.size},
                                                    xml));
  const HashHead head =
      network.hash.bits > 0 ? LearnedHead(network) : RandomHead(options.bits, network.dim);
  HL_ASSIGN(const ModelPackage package,
            WriteModelPackage(target, name, network.dim, InputOf(network, options.stretch), xml,
                              {{head.bits, head.method, SerializeHead(head)}}));
  return CaffeImport{InfoOf(package), network.feature, network.layers, network.whole,
                     network.warnings};
} catch (...) {
  return CaughtStatus();
}

}  // namespace hashlens
