// The public functions of training, in a build with libtorch.
#include "hashlens/train.h"

#include "base/try.h"
#include "hashlens/library.h"
#include "model/encoder.h"
#include "train/backbone.h"
#include "train/guard_torch.h"
#include "train/packages.h"
#include "train/recipe.h"
#include "train/run.h"
#include "train/work_folder.h"

namespace hashlens {
namespace {

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

// An error after hours of training says how nothing of them is lost.
Status WithWayOn(const TrainOptions& options, const Status& status) {
  std::error_code error;
  const bool fails =
      status.code() == StatusCode::kIoError || status.code() == StatusCode::kNotFound;
  if (!fails || !std::filesystem::exists(CheckpointFile(options), error)) return status;
  std::string message = status.message();
  const bool asks = message.ends_with("run it again");
  message +=
      asks ? " with --resume" : "; --resume goes on from " + Printable(CheckpointFile(options));
  return Status(status.code(), std::move(message));
}

// Packages, then the report, and only then the checkpoint is given up.
Status Finish(const TrainOptions& options, const TrainingSet& set, Learner* learner,
              TrainReport* report) {
  HL_TRY(FinishTraining(options, set, learner, report));
  if (options.write_report) HL_TRY(options.write_report(*report));
  std::error_code error;  // what stays is rubbish, not a reason to fail
  std::filesystem::remove_all(WorkFolder(options), error);
  return {};
}

Result<TrainReport> TrainChecked(const TrainOptions& options) {
  TrainReport report;
  // What needs no picture comes first: reading them takes a while, and training hours.
  HL_TRY(CheckOutputPlace(options));
  HL_TRY(CheckDevice(options.open.device.name));
  HL_ASSIGN(const HeldWorkFolder held, HeldWorkFolder::Take(options));
  HL_TRY(CheckCheckpoint(options));
  HL_TRY(PrepareOutput(options));
  HL_TRY(MakeNetwork(options).status());
  HL_ASSIGN(const TrainingSet set, ReadTrainingSet(options, &report));
  HL_ASSIGN(const std::unique_ptr<Learner> learner, MakeLearner(options, set));
  if (set.held_out.empty() && options.on_warning && !IsPaperRecipe(options)) {
    options.on_warning(
        "nothing is held out, so codes cannot be judged: those learned on the finished network's "
        "features (latent-refit) are taken");
  }
  report.checkpoint = CheckpointFile(options);
  HL_TRY(WithWayOn(options, RunTraining(options, set, learner.get(), &report)));
  if (report.interrupted) return report;
  const Status finished = Finish(options, set, learner.get(), &report);
  report.interrupted = finished.code() == StatusCode::kCancelled;
  if (!report.interrupted) HL_TRY(WithWayOn(options, finished));
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
