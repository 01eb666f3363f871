// What a training run needs before its first step: options, pictures, device.
#include <algorithm>
#include <cmath>
#include <set>

#include "base/code.h"
#include "base/cores.h"
#include "base/try.h"
#include "data/split.h"
#include "hash/classifier.h"
#include "model/lite_network.h"
#include "train/backbone.h"
#include "train/recipe.h"
#include "train/run.h"
#include "train/schedule.h"

namespace hashlens {
namespace {

constexpr double kMaxUnreadable = 0.1;
constexpr int kMinImageSize = 16;
constexpr int kMaxImageSize = 1024;
constexpr int kUsualImageSize = 128;
constexpr double kZoom = 1.2;  // pixels kept beyond the largest input, for crops

Status CheckRange(const char* option, double value, double low, double high) {
  if (value >= low && value <= high) return {};
  char text[160];
  std::snprintf(text, sizeof text, "%s is %g; it must be %g to %g", option, value, low, high);
  return InvalidArgument(text);
}

Status CheckNumbers(const TrainOptions& o) {
  for (const int bits : o.bits) HL_TRY(CheckRange("--bits", bits, kMinBits, kMaxBits));
  for (const int size : o.image_sizes)
    HL_TRY(CheckRange("--image-size", size, kMinImageSize, kMaxImageSize));
  HL_TRY(CheckRange("--input-size", o.input_size, kMinImageSize, kMaxImageSize));
  HL_TRY(CheckRange("--freeze", o.freeze, 0, 1e9));
  HL_TRY(CheckRange("--epochs", o.epochs, 0.01, 10'000));
  HL_TRY(CheckRange("--time-budget (seconds)", o.budget_seconds, 0, 1e7));
  HL_TRY(CheckRange("--batch", o.batch, 2, 4096));
  HL_TRY(CheckRange("--rate", o.rate, 1e-7, 100));
  HL_TRY(CheckRange("--weight-decay", o.weight_decay, 0, 10));
  HL_TRY(CheckRange("--label-smoothing", o.label_smoothing, 0, 0.9));
  HL_TRY(CheckRange("--min-area", o.min_area, 0.01, 1));
  HL_TRY(CheckRange("--erase", o.erase, 0, 1));
  HL_TRY(CheckRange("--checkpoint-every", o.checkpoint_seconds, 0, 1e7));
  return CheckRange("--holdout", o.holdout, 0, 0.5);
}

// The class names of a set that no picture of it has.
Status CheckClasses(const LabelledSet& set) {
  if (set.classes.size() > static_cast<size_t>(kMaxClasses)) {
    return InvalidArgument(std::to_string(set.classes.size()) + " classes; training takes up to " +
                           std::to_string(kMaxClasses));
  }
  std::set<int> seen;
  for (const LabelledPicture& picture : set.pictures)
    seen.insert(picture.labels.begin(), picture.labels.end());
  for (size_t c = 0; c < set.classes.size(); ++c) {
    if (!seen.contains(static_cast<int>(c))) {
      return InvalidArgument("no picture of class \"" +
                             Printable(std::string_view(set.classes[c])) + "\" could be read");
    }
  }
  return {};
}

// A network of a package or a .prototxt sees pictures of one size.
Status ChooseSizes(TrainOptions* options) {
  if (options->image_sizes.size() == 1 && options->input_size == 0)
    options->input_size = options->image_sizes.front();  // also what a .prototxt may leave open
  HL_ASSIGN(const Backbone backbone, FindBackbone(*options));
  if (backbone.kind == BackboneKind::kWeights) {
    HL_TRY(CheckRange("--freeze", options->freeze, 0, static_cast<double>(Lite0().blocks.size())));
    if (options->image_sizes.empty()) options->image_sizes = {kUsualImageSize};
    if (options->input_size == 0) options->input_size = options->image_sizes.back();
    return {};
  }
  for (const int size : options->image_sizes) {
    if (size != backbone.input_size)
      return InvalidArgument("--image-size is " + std::to_string(size) + "; the network of " +
                             Printable(backbone.path) + " sees " +
                             std::to_string(backbone.input_size) + " pixels");
  }
  if (options->input_size != 0 && options->input_size != backbone.input_size)
    return InvalidArgument("--input-size is " + std::to_string(options->input_size) +
                           "; the network of " + Printable(backbone.path) + " sees " +
                           std::to_string(backbone.input_size) + " pixels");
  options->image_sizes = {backbone.input_size};
  options->input_size = backbone.input_size;
  return {};
}

}  // namespace

Result<TrainOptions> CheckedOptions(TrainOptions options) {
  if (options.bits.empty()) return InvalidArgument("--bits needs at least one number");
  HL_TRY(ChooseSizes(&options));
  if (options.rate == 0) options.rate = UsualRate(options);
  if (options.open.jobs == 0) options.open.jobs = UsableCores();
  HL_TRY(CheckNumbers(options));
  std::vector<int> sorted = options.bits;
  std::ranges::sort(sorted);
  if (std::ranges::adjacent_find(sorted) != sorted.end())
    return InvalidArgument("--bits names a length twice");
  if (!options.recipe.empty() && !IsPaperRecipe(options))
    return InvalidArgument("no recipe \"" + options.recipe + "\"; there is paper");
  HL_TRY(CheckLatentOptions(options));
  HL_TRY(ParseSchedule(options.schedule).status());
  return options;
}

Result<torch::Device> FindDevice(const std::string& name) {
  if (name == "cpu") return torch::Device(torch::kCPU);
  const bool cuda = torch::cuda::is_available();
  if (name == "auto") return torch::Device(cuda ? torch::kCUDA : torch::kCPU);
  if (name == "cuda" && cuda) return torch::Device(torch::kCUDA);
  if (name == "cuda") return InvalidArgument("no CUDA device here, or a libtorch without CUDA");
  return InvalidArgument("no device \"" + name + "\" for training; there are auto, cpu, cuda");
}

Result<TrainingSet> ReadTrainingSet(const TrainOptions& options, TrainReport* report) {
  LabelReadOptions how;
  how.data = options.data_options;
  how.stop = options.stop;
  HL_ASSIGN(const LabelledSet all, ReadLabelledSet(options.data, how));
  StoreOptions store;
  store.limits = options.open.limits;
  store.short_side = static_cast<int>(
      std::ceil(kZoom * std::max(options.input_size, std::ranges::max(options.image_sizes))));
  store.jobs = options.open.jobs;
  store.progress = options.progress;
  store.stop = options.stop;
  HL_ASSIGN(PictureStore pictures, PictureStore::Read(all.pictures, store));

  report->unreadable = all.unreadable;
  std::set<Path> unreadable;
  for (const auto& [picture, reason] : pictures.unreadable()) {
    report->unreadable.push_back(Printable(pictures.path(picture)) + ": " + reason);
    unreadable.insert(pictures.path(picture));
  }
  const double share =
      static_cast<double>(unreadable.size()) / static_cast<double>(pictures.size());
  if (share > kMaxUnreadable) {
    return InvalidArgument(
        std::to_string(unreadable.size()) + " of " + std::to_string(pictures.size()) +
        " pictures cannot be read, over a tenth; the first is " + report->unreadable.front());
  }
  LabelledSet readable = all;
  std::erase_if(readable.pictures,
                [&](const LabelledPicture& picture) { return unreadable.contains(picture.path); });
  HL_TRY(CheckClasses(readable));

  TrainingSet set;
  set.classes = all.classes;
  set.multi_label = all.multi_label();
  for (const LabelledPicture& picture : all.pictures) set.labels.push_back(picture.labels);
  const SplitSet split = SplitOff(readable, options.holdout, options.seed);
  std::set<Path> held;
  for (const LabelledPicture& picture : split.held_out.pictures) held.insert(picture.path);
  for (size_t i = 0; i < pictures.size(); ++i) {
    if (unreadable.contains(pictures.path(i))) continue;
    (held.contains(pictures.path(i)) ? set.held_out : set.trained).push_back(i);
  }
  if (set.trained.size() < 2) return InvalidArgument("too few pictures to learn from");
  report->classes = set.classes;
  report->image_sizes = options.image_sizes;
  report->input_size = options.input_size;
  report->pictures = set.trained.size();
  report->held_out = set.held_out.size();
  set.store = std::make_shared<const PictureStore>(std::move(pictures));
  return set;
}

LearnerOptions LearnerOptionsOf(const TrainOptions& options, const TrainingSet& set, int dim,
                                torch::Device device) {
  LearnerOptions learner;
  learner.optimizer = options.optimizer;
  learner.rate = options.rate;
  learner.new_layer_rate = NewLayerRate(options);
  learner.weight_decay = options.weight_decay;
  learner.plain = IsPaperRecipe(options);
  learner.device = device;
  for (const int bits : options.bits) {
    LatentOptions latent = LatentOptionsOf(options, bits);
    latent.dim = dim;
    latent.classes = static_cast<int>(set.classes.size());
    latent.multi_label = set.multi_label;
    learner.latents.push_back(latent);
  }
  return learner;
}

Result<std::unique_ptr<Learner>> MakeLearner(const TrainOptions& options, const TrainingSet& set) {
  TuneAllocator();
  torch::set_num_threads(options.open.jobs);
  HL_ASSIGN(const torch::Device device, FindDevice(options.torch_device));
  HL_ASSIGN(const std::shared_ptr<NetworkModule> network, MakeNetwork(options));
  return Learner::Create(LearnerOptionsOf(options, set, network->dim(), device), network,
                         options.seed);
}

}  // namespace hashlens
