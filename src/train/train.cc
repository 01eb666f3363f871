// The public functions of training, in a build with libtorch.
#include "hashlens/train.h"

#include "base/try.h"
#include "hashlens/library.h"
#include "train/guard_torch.h"
#include "train/run.h"

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
  if (!options.output.has_filename()) return InvalidArgument("the output has no name");
  std::error_code error;
  for (const int bits : options.bits) {
    const Path path = PackagePath(options, bits);
    if (!options.resume && std::filesystem::exists(std::filesystem::symlink_status(path, error)))
      return InvalidArgument(Printable(path) +
                             ": already exists; choose another name for the model");
  }
  const bool begun = std::filesystem::exists(CheckpointFile(options), error);
  if (begun && !options.resume) {
    return InvalidArgument(Printable(WorkFolder(options)) +
                           ": holds an interrupted run; --resume goes on with it, or remove it");
  }
  if (!begun && options.resume)
    return NotFound(Printable(CheckpointFile(options)) + ": no checkpoint to resume from");
  return {};
}

// Two runs with the same output would write over each other's checkpoints.
Result<FileLock> LockWorkFolder(const TrainOptions& options) {
  const Path folder = WorkFolder(options);
  std::error_code error;
  std::filesystem::create_directories(folder, error);
  if (error) return ErrnoStatus(error.value(), "creating", folder);
  auto lock = FileLock::TryAcquire(folder / "lock");
  if (lock.status().code() == StatusCode::kBusy)
    return Busy(Printable(folder) + ": another process is training this model");
  return lock;
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
  HL_TRY(FindBackbone(options.backbone).status());  // before pictures are read, which takes a while
  HL_TRY(CheckOutput(options));
  HL_ASSIGN(const TrainingSet set, ReadTrainingSet(options, &report));
  HL_ASSIGN(const std::unique_ptr<Learner> learner, MakeLearner(options, set));
  HL_ASSIGN(const FileLock lock, LockWorkFolder(options));
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
