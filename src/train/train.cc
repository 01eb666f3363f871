// The public functions of training, in a build with libtorch.
#include "hashlens/train.h"

#include "base/try.h"
#include "hashlens/library.h"
#include "model/encoder.h"
#include "train/guard_torch.h"
#include "train/run.h"
#include "train/work_folder.h"

namespace hashlens {
namespace {

constexpr char kBackboneFile[] = "efficientnet-lite0.safetensors";

// Beside each folder of models.
Result<Path> FindBackbone(const Path& named) {
  if (!named.empty()) return named;
  std::error_code error;
  for (const Path& folder : ModelFolders()) {
    const Path path = folder.parent_path() / "backbones" / kBackboneFile;
    if (std::filesystem::exists(path, error)) return path;
  }
  return NotFound(std::string(kBackboneFile) +
                  ", the weights to start from, is not there: run `make` in the source folder, or "
                  "name a file with --backbone");
}

// Nothing that a run would write may be there already, but what an interrupted one wrote.
Status CheckOutput(const TrainOptions& options) {
  std::vector<Path> written = options.reports;
  if (!options.resume) {
    for (const int bits : options.bits) written.push_back(PackagePath(options, bits));
  }
  std::error_code error;
  std::string in_the_way;
  for (const Path& path : written) {
    if (std::filesystem::exists(std::filesystem::symlink_status(path, error)))
      in_the_way += (in_the_way.empty() ? "" : ", ") + Printable(path);
  }
  if (!in_the_way.empty())
    return InvalidArgument("already there: " + in_the_way +
                           "; choose another name for the model, or remove what is there");
  return {};
}

Status CheckCheckpoint(const TrainOptions& options) {
  std::error_code error;
  const bool begun = std::filesystem::exists(CheckpointFile(options), error);
  if (begun && !options.resume) {
    return InvalidArgument(Printable(WorkFolder(options)) +
                           ": holds an interrupted run; --resume goes on with it, or remove it");
  }
  if (!begun && options.resume)
    return NotFound(Printable(CheckpointFile(options)) + ": no checkpoint to resume from");
  return {};
}

}  // namespace

Result<std::unique_ptr<Learner>> MakeLearner(const TrainOptions& options, const TrainingSet& set) {
  TuneAllocator();
  torch::set_num_threads(options.open.jobs);
  HL_ASSIGN(const torch::Device device, FindDevice(options.torch_device));
  HL_ASSIGN(const Path backbone, FindBackbone(options.backbone));
  HL_ASSIGN(const NamedTensors weights, ReadTensorFile(backbone));
  return Learner::Create(LearnerOptionsOf(options, set, device), weights, options.seed);
}

namespace {

Result<TrainReport> TrainChecked(const TrainOptions& options) {
  TrainReport report;
  // What needs no picture comes first: reading them takes a while, and training hours.
  HL_TRY(FindBackbone(options.backbone).status());
  HL_TRY(CheckDevice(options.open.device.name));
  if (!options.output.has_filename()) return InvalidArgument("the output has no name");
  HL_ASSIGN(const HeldWorkFolder held, HeldWorkFolder::Take(options));
  HL_TRY(CheckOutput(options));
  HL_TRY(CheckCheckpoint(options));
  HL_ASSIGN(const TrainingSet set, ReadTrainingSet(options, &report));
  HL_ASSIGN(const std::unique_ptr<Learner> learner, MakeLearner(options, set));
  if (set.held_out.empty() && options.on_warning) {
    options.on_warning(
        "nothing is held out, so codes cannot be judged: those learned on the finished network's "
        "features (latent-refit) are taken");
  }
  report.checkpoint = CheckpointFile(options);
  HL_TRY(RunTraining(options, set, learner.get(), &report));
  if (report.interrupted) return report;
  const Status finished = FinishTraining(options, set, learner.get(), &report);
  if (finished.code() == StatusCode::kCancelled) {
    report.interrupted = true;
    return report;
  }
  HL_TRY(finished);
  return report;
}

}  // namespace

bool CanTrain() { return true; }

Result<TrainReport> Train(const TrainOptions& options) {
  HL_ASSIGN(const TrainOptions checked, CheckedOptions(options));
  return GuardTorch([&] { return TrainChecked(checked); });
}

Result<TrainBench> BenchTrain(const TrainOptions& options, int steps) {
  HL_ASSIGN(const TrainOptions checked, CheckedOptions(options));
  return GuardTorch([&] { return MeasureTraining(checked, steps); });
}

}  // namespace hashlens
