#include "train/backbone.h"

#include "base/try.h"
#include "hashlens/library.h"
#include "library/models.h"
#include "model/caffe/import.h"
#include "model/lite_network.h"
#include "model/network_plan.h"
#include "train/lite_module.h"
#include "train/plan_module.h"
#include "train/recipe.h"
#include "train/run.h"

namespace hashlens {
namespace {

constexpr char kBackboneFile[] = "efficientnet-lite0.safetensors";
constexpr double kWindowShare = 0.875;  // by the paper's recipe, of networks that have no margin

// Beside each folder of models.
Result<Path> DefaultWeights() {
  std::error_code error;
  for (const Path& folder : ModelFolders()) {
    const Path path = folder.parent_path() / "backbones" / kBackboneFile;
    if (std::filesystem::exists(path, error)) return path;
  }
  return NotFound(std::string(kBackboneFile) +
                  ", the weights to start from, is not there: run `make` in the source folder, or "
                  "name a file with --backbone");
}

Result<std::shared_ptr<NetworkModule>> MakeLite(const TrainOptions& options, Path path) {
  if (path.empty()) {
    HL_ASSIGN(path, DefaultWeights());
  }
  HL_ASSIGN(const NamedTensors weights, ReadTensorFile(path));
  if (!options.feature_layer.empty()) {
    return InvalidArgument(
        "--feature is for a network of --backbone; the default one has its "
        "feature where it is");
  }
  const auto network = std::make_shared<LiteModule>(Lite0(), options.freeze);
  const Status loaded = network->Load(weights);
  if (!loaded.ok()) return Status(loaded.code(), Printable(path) + ": " + loaded.message());
  return std::shared_ptr<NetworkModule>(network);
}

Result<std::shared_ptr<NetworkModule>> MakePlanned(const TrainOptions& options,
                                                   const PlanSource& source) {
  if (options.mirror)
    return InvalidArgument("--mirror is for the default network, not for one of --backbone");
  HL_ASSIGN(NetworkPlan plan, ReadNetworkPlan(source.xml, source.layer));
  if (plan.input_size != source.input.size) {
    return InvalidArgument(Printable(source.xml) + ": sees pictures of " +
                           std::to_string(plan.input_size) + " pixels; its package says " +
                           std::to_string(source.input.size));
  }
  const int layers = LayersWithWeights(plan);
  if (options.freeze >= layers) {
    return InvalidArgument("--freeze is " + std::to_string(options.freeze) + "; the network has " +
                           std::to_string(layers) +
                           " layers with weights, of which one at least must learn");
  }
  return std::shared_ptr<NetworkModule>(
      std::make_shared<PlanModule>(std::move(plan), source, options.freeze));
}

// Imported anew each time: the same seed gives the same weights.
Result<PlanSource> ImportPrototxt(const TrainOptions& options, const Path& path) {
  const Path folder = WorkFolder(options) / kBackboneName;
  std::error_code error;
  std::filesystem::create_directories(folder, error);
  if (error) return ErrnoStatus(error.value(), "creating", folder);
  PlanSource source{folder / "network.xml", "", {}};
  CaffeSource caffe;
  caffe.prototxt = path;
  caffe.feature = options.feature_layer;
  caffe.seed = options.seed;
  caffe.data_size = options.input_size;
  HL_ASSIGN(const CaffeNetwork network, ImportCaffe(caffe, source.xml));
  source.input.size = network.input_size;
  source.input.crop_fraction = network.input_size / static_cast<double>(network.whole);
  source.input.mean = {0, 0, 0};  // both are in the network
  source.input.scale = {1, 1, 1};
  source.input.fit = PictureFit::kStretch;
  return source;
}

}  // namespace

Result<Backbone> FindBackbone(const TrainOptions& options) {
  Backbone backbone;
  backbone.path = options.backbone;
  if (options.backbone.empty()) return backbone;
  if (options.backbone.extension() == ".prototxt") {
    backbone.kind = BackboneKind::kPrototxt;
    HL_ASSIGN(backbone.input_size, CaffeInputSize(options.backbone, options.input_size));
    return backbone;
  }
  std::error_code error;
  const Path package = FindModel(options.backbone);
  const bool file = options.backbone.extension() == ".safetensors" ||
                    std::filesystem::is_regular_file(options.backbone, error);
  if (file && !std::filesystem::is_directory(package, error)) return backbone;
  backbone.kind = BackboneKind::kPackage;
  HL_ASSIGN(const ModelPackage opened, OpenNamedModel(options.backbone));
  backbone.path = opened.folder;
  backbone.input_size = opened.input.size;
  return backbone;
}

Result<std::shared_ptr<NetworkModule>> MakeNetwork(const TrainOptions& options) {
  HL_ASSIGN(const Backbone backbone, FindBackbone(options));
  if (backbone.kind == BackboneKind::kWeights) return MakeLite(options, backbone.path);
  if (backbone.kind == BackboneKind::kPrototxt) {
    HL_ASSIGN(const PlanSource source, ImportPrototxt(options, backbone.path));
    return MakePlanned(options, source);
  }
  HL_ASSIGN(const ModelPackage package, OpenModelPackage(backbone.path));
  HL_TRY(VerifyModelPackage(package));
  return MakePlanned(options,
                     {package.folder / "network.xml", options.feature_layer, package.input});
}

NetworkInput InputOf(const TrainOptions& options, const NetworkModule& network) {
  NetworkInput input = network.Input(options.input_size);
  if (!IsPaperRecipe(options)) return input;
  const bool no_margin = input.fit == PictureFit::kSquare && input.crop_fraction == 1;
  if (no_margin) input.crop_fraction = kWindowShare;
  input.fit = PictureFit::kStretch;
  return input;
}

}  // namespace hashlens
