// A latent layer and classifier learned on a library's stored features; the network stays as it is.
#include "base/try.h"
#include "data/split.h"
#include "hashlens/library.h"
#include "hashlens/train.h"
#include "train/guard_torch.h"
#include "train/head_choice.h"
#include "train/head_trainer.h"

namespace hashlens {
namespace {

// Labels and features of the pictures that the library has.
struct LabelledFeatures {
  std::vector<float> features;  // rows x dim
  std::vector<std::vector<int>> labels;
};

Result<LabelledFeatures> Known(const LibraryWriter& library, const LabelledSet& set, int* dim) {
  std::vector<Path> paths;
  for (const LabelledPicture& picture : set.pictures) paths.push_back(picture.path);
  HL_ASSIGN(StoredFeatures stored, library.FeaturesAt(paths));
  *dim = stored.dim;
  LabelledFeatures known{std::move(stored.values), {}};
  for (const size_t i : stored.found) known.labels.push_back(set.pictures[i].labels);
  return known;
}

Status CheckClasses(const std::vector<std::string>& classes, const LabelledFeatures& known,
                    const Path& library) {
  std::vector<bool> seen(classes.size());
  for (const std::vector<int>& labels : known.labels) {
    for (const int label : labels) seen[static_cast<size_t>(label)] = true;
  }
  for (size_t c = 0; c < classes.size(); ++c) {
    if (!seen[c]) {
      return InvalidArgument("no picture of class \"" + Printable(std::string_view(classes[c])) +
                             "\" is in " + Printable(library) +
                             "; index the labelled pictures first");
    }
  }
  return {};
}

Result<SupervisedFitReport> Learn(const SupervisedFitOptions& options) {
  HL_ASSIGN(const LossKind loss, ParseLoss(options.loss));
  HL_ASSIGN(LibraryWriter library, LibraryWriter::Open(options.library, options.open));
  LabelReadOptions how;
  how.data = options.data_options;
  how.stop = options.stop;
  HL_ASSIGN(const LabelledSet set, ReadLabelledSet(options.labels, how));
  const SplitSet split = SplitOff(set, options.holdout, options.seed);
  int dim = 0;
  HL_ASSIGN(const LabelledFeatures learned, Known(library, split.rest, &dim));
  HL_ASSIGN(const LabelledFeatures held_out, Known(library, split.held_out, &dim));
  HL_TRY(CheckClasses(set.classes, learned, options.library));
  HL_ASSIGN(const std::string old_bytes, library.HeadBytes());
  HL_ASSIGN(const HashHead old_head, ParseHead(AsBytes(old_bytes)));

  LatentOptions latent;
  latent.loss = loss;
  latent.bits = options.bits == 0 ? old_head.bits : options.bits;
  latent.dim = dim;
  latent.classes = static_cast<int>(set.classes.size());
  latent.multi_label = set.multi_label();
  latent.seed = options.seed;
  HeadTrainOptions train;
  train.latents = {latent};
  train.epochs = options.epochs;
  train.seed = options.seed;
  train.progress = options.progress;
  train.stop = options.stop;
  // The mean is that of the whole collection and serves re-ranking: the same as before.
  HL_ASSIGN(const std::vector<HashHead> heads,
            TrainHeads(learned.features, learned.labels, old_head.mean, train));

  SupervisedFitReport report;
  report.bits = latent.bits;
  report.classes = set.classes.size();
  report.pictures = learned.labels.size();
  report.held_out = held_out.labels.size();
  report.not_in_library = set.pictures.size() - report.pictures - report.held_out;
  const LabelledCodes database{learned.features, &learned.labels};
  const LabelledCodes queries{held_out.features, &held_out.labels};
  report.map_before = HeldOutMap(old_head, database, queries, options.seed);
  report.map_after = HeldOutMap(heads.front(), database, queries, options.seed);
  if (options.dry_run) return report;
  HL_TRY(library.UseHead(SerializeHead(heads.front()), options.progress, options.stop));
  return report;
}

}  // namespace

Result<SupervisedFitReport> FitSupervised(const SupervisedFitOptions& options) {
  if (options.bits != 0 && (options.bits < kMinBits || options.bits > kMaxBits)) {
    return InvalidArgument("--bits is " + std::to_string(options.bits) + "; it must be " +
                           std::to_string(kMinBits) + " to " + std::to_string(kMaxBits));
  }
  return GuardTorch([&] { return Learn(options); });
}

}  // namespace hashlens
