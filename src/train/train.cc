// The public functions of training, in a build with libtorch.
#include "hashlens/train.h"

#include "base/try.h"
#include "hashlens/library.h"
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

// Nothing that a run would write may be there already.
Status CheckOutput(const TrainOptions& options) {
  std::error_code error;
  for (const int bits : options.bits) {
    Path path = options.output;
    if (options.bits.size() > 1) path += "-" + std::to_string(bits);
    if (std::filesystem::exists(std::filesystem::symlink_status(path, error)))
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
  std::filesystem::create_directories(WorkFolder(options), error);
  if (error) return ErrnoStatus(error.value(), "creating", WorkFolder(options));
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

// What libtorch throws becomes a Status here; out of memory is what people meet.
template <typename Body>
auto GuardTorch(Body body) -> decltype(body()) {
  try {
    return body();
  } catch (const std::exception& error) {
    std::string text = error.what();
    text = text.substr(0, text.find('\n'));
    return Status(StatusCode::kIoError,
                  "training failed: " + Printable(std::string_view(text)) +
                      "; with too little memory, lower --batch or --image-size");
  }
}

Result<TrainReport> TrainChecked(const TrainOptions& options) {
  TrainReport report;
  HL_ASSIGN(const Path backbone, FindBackbone(options.backbone));
  HL_TRY(CheckOutput(options));
  HL_ASSIGN(const TrainingSet set, ReadTrainingSet(options, &report));
  HL_ASSIGN(const std::unique_ptr<Learner> learner, MakeLearner(options, set));
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
