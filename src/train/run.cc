#include "train/run.h"

#include <algorithm>
#include <chrono>
#include <cmath>
#include <optional>

#include "base/try.h"
#include "train/backbone.h"
#include "train/progress_notes.h"
#include "train/recipe.h"
#include "train/schedule.h"

namespace hashlens {
namespace {

using Clock = std::chrono::steady_clock;

constexpr double kProgressSeconds = 0.1;
constexpr size_t kTestBatch = 128;
constexpr double kLossDecay = 0.95;
constexpr double kMaxLossGrowth = 100;  // of the running mean; a sound run stays below its start

double SecondsSince(Clock::time_point start) {
  return std::chrono::duration<double>(Clock::now() - start).count();
}

// The state of one RunTraining call.
class Run {
 public:
  Run(const TrainOptions& options, const TrainingSet& set, Learner* learner, TrainReport* report)
      : options_(options),
        set_(set),
        learner_(learner),
        report_(report),
        batch_(std::min(static_cast<size_t>(options.batch), set.trained.size())),
        input_(InputOf(options, learner->network())),
        maker_(*set.store, set.labels, static_cast<int>(set.classes.size()), input_,
               AugmentOptionsOf(options), LoaderThreads(options)),
        schedule_(*ParseSchedule(options.schedule)) {}

  Status Work() {
    if (options_.resume) {
      HL_TRY(learner_->LoadCheckpoint(CheckpointFile(options_), [&](const std::string& notes) {
        return ReadNotes(notes, options_, set_, &at_, &report_->epochs);
      }));
    }
    last_checkpoint_ = Clock::now();
    while (Done() < 1 && !report_->interrupted) HL_TRY(OneEpoch());
    report_->train_seconds = at_.seconds;
    if (report_->interrupted) return Checkpoint();
    if (begun_) HL_TRY(Checkpoint());
    NoteShortBudget();
    learner_->SwapAverages();
    return {};
  }

 private:
  size_t BatchesAnEpoch() const { return set_.trained.size() / batch_; }

  // Share of the run that is behind us.
  double Done() const {
    if (options_.budget_seconds > 0) return at_.seconds / options_.budget_seconds;
    const auto all =
        std::max(1.0, std::round(options_.epochs * static_cast<double>(BatchesAnEpoch())));
    return static_cast<double>(at_.steps) / all;
  }

  std::vector<BatchItem> ItemsOf(size_t batch) const {
    std::vector<BatchItem> items;
    for (size_t i = batch * batch_; i < (batch + 1) * batch_; ++i) {
      const size_t picture = set_.trained[order_[i]];
      items.push_back({picture, VariantSeed(options_.seed, at_.epoch, picture)});
    }
    return items;
  }

  Status OneEpoch() {
    order_ = EpochOrder(set_.trained.size(), options_.seed, at_.epoch);
    Clock::time_point mark = Clock::now();
    // Settled a step ahead and kept in the checkpoint, so that a resumed run has the same sizes.
    if (at_.next_size == 0) at_.next_size = SizeAt(options_.image_sizes, Done());
    maker_.Start(ItemsOf(at_.batch), at_.next_size);
    while (true) {
      auto batch = maker_.Take();
      HL_TRY(batch.status());
      const bool more = at_.batch + 1 < BatchesAnEpoch();
      at_.next_size = SizeAt(options_.image_sizes, Done());
      if (more) maker_.Start(ItemsOf(at_.batch + 1), at_.next_size);
      const Status step = OneStep(*batch);
      at_.seconds += SecondsSince(mark);
      mark = Clock::now();
      report_->interrupted = options_.stop.stop_requested();
      const bool last = !more || Done() >= 1 || report_->interrupted || !step.ok();
      if (last && more) (void)maker_.Take();  // begun for nothing; its outcome does not matter
      HL_TRY(step);
      ++at_.batch;
      if (last) break;
      if (SecondsSince(last_checkpoint_) >= options_.checkpoint_seconds) HL_TRY(Checkpoint());
      mark = Clock::now();
    }
    if (at_.batch < BatchesAnEpoch() && report_->interrupted) return {};
    HL_TRY(EndEpoch());
    at_.seconds += SecondsSince(mark);
    return {};
  }

  Status OneStep(const Batch& batch) {
    const double factor = RateFactor(schedule_, Done());
    // What libtorch draws at a step is the same whether or not the run was interrupted before.
    torch::manual_seed(VariantSeed(options_.seed, at_.epoch, at_.steps));
    const Learner::StepResult result = learner_->Step(batch, factor);
    begun_ = true;
    ++at_.steps;
    HL_TRY(CheckLoss(result.loss));
    at_.images += batch_;
    at_.loss_sum += result.loss * static_cast<double>(batch_);
    at_.right_sum += result.accuracy * static_cast<double>(batch_);
    at_.epoch_images += batch_;
    at_.image_size = static_cast<int>(batch.pictures.size(2));
    at_.rate = options_.rate * factor;
    ShowProgress(result);
    return {};
  }

  // A run that diverges would end in codes that are all equal.
  Status CheckLoss(double loss) {
    if (at_.steps == 1) at_.first_loss = at_.mean_loss = loss;
    at_.mean_loss = at_.mean_loss * kLossDecay + loss * (1 - kLossDecay);
    const bool finite = std::isfinite(loss);
    if (finite && at_.mean_loss <= kMaxLossGrowth * std::max(1.0, at_.first_loss)) return {};
    std::error_code error;
    const bool begun = std::filesystem::exists(CheckpointFile(options_), error);
    char what[96] = "the loss is no number any more";
    if (finite)
      std::snprintf(what, sizeof what, "the loss grew from %.3g to %.3g", at_.first_loss, loss);
    char rate[32];
    std::snprintf(rate, sizeof rate, "%g", options_.rate);
    return InvalidArgument(std::string(what) + " at step " + std::to_string(at_.steps) +
                           ": lower --rate (it was " + rate + ")" +
                           (begun ? ", remove " + Printable(WorkFolder(options_)) : "") +
                           " and begin again");
  }

  void ShowProgress(const Learner::StepResult& result) {
    if (!options_.progress) return;
    smooth_right_ = smooth_right_ ? *smooth_right_ * kLossDecay + result.accuracy * (1 - kLossDecay)
                                  : result.accuracy;
    if (last_shown_ && SecondsSince(*last_shown_) < kProgressSeconds) return;
    last_shown_ = Clock::now();
    char detail[96];
    std::snprintf(detail, sizeof detail, "epoch %d, %d px, loss %.3f, accuracy %.3f", at_.epoch + 1,
                  at_.image_size, at_.mean_loss, *smooth_right_);
    const double done = std::max(Done(), 1e-6);
    const auto total = static_cast<uint64_t>(static_cast<double>(at_.images) / done);
    const double budget = options_.budget_seconds;
    options_.progress({"training", at_.images, std::max(total, at_.images),
                       report_->unreadable.size(), 0, detail,
                       budget > 0 ? std::max(0.0, budget - at_.seconds) : -1});
  }

  // Accuracy of the held-out pictures with averaged weights; none without any.
  Result<std::optional<double>> HeldOutAccuracy() {
    if (set_.held_out.empty()) return std::optional<double>();
    learner_->SwapAverages();
    double right = 0;
    Status failure;
    for (size_t i = 0; i < set_.held_out.size() && failure.ok(); i += kTestBatch) {
      const size_t end = std::min(set_.held_out.size(), i + kTestBatch);
      const std::vector<size_t> pictures(set_.held_out.begin() + static_cast<ptrdiff_t>(i),
                                         set_.held_out.begin() + static_cast<ptrdiff_t>(end));
      const auto batch = maker_.MakePlain(pictures, options_.input_size);
      failure = batch.status();
      if (batch.ok()) right += learner_->Test(*batch).accuracy * static_cast<double>(end - i);
    }
    learner_->SwapAverages();
    HL_TRY(failure);
    return std::optional(right / static_cast<double>(set_.held_out.size()));
  }

  Status EndEpoch() {
    TrainEpoch epoch;
    HL_ASSIGN(epoch.held_out_accuracy, HeldOutAccuracy());
    ++at_.epoch;
    epoch.epoch = at_.epoch;
    epoch.image_size = at_.image_size;
    epoch.rate = at_.rate;
    const auto images = static_cast<double>(std::max<uint64_t>(at_.epoch_images, 1));
    epoch.loss = at_.loss_sum / images;
    epoch.accuracy = at_.right_sum / images;
    epoch.images_per_second = images / std::max(at_.seconds - at_.epoch_start_seconds, 1e-9);
    epoch.seconds = at_.seconds;
    at_.loss_sum = at_.right_sum = 0;
    at_.epoch_images = 0;
    at_.epoch_start_seconds = at_.seconds;
    at_.batch = 0;
    report_->epochs.push_back(epoch);
    if (options_.on_epoch) options_.on_epoch(epoch);
    return Checkpoint();
  }

  void NoteShortBudget() const {
    if (at_.steps >= BatchesAnEpoch() || options_.budget_seconds <= 0 || !options_.on_warning)
      return;
    options_.on_warning(
        "the time budget was too short for one epoch: " + std::to_string(at_.images) + " of " +
        std::to_string(set_.trained.size()) + " pictures were shown");
  }

  // A checkpoint that cannot be written costs nothing but safety: the last good one stays.
  Status Checkpoint() {
    last_checkpoint_ = Clock::now();
    const Status saved = learner_->SaveCheckpoint(CheckpointFile(options_),
                                                  WriteNotes(options_, set_, at_, report_->epochs));
    if (!saved.ok() && report_->interrupted) return saved;
    if (!saved.ok() && options_.on_warning)
      options_.on_warning("no checkpoint this time: " + saved.message());
    return {};
  }

  const TrainOptions& options_;
  const TrainingSet& set_;
  Learner* learner_;
  TrainReport* report_;
  size_t batch_;
  NetworkInput input_;
  BatchMaker maker_;
  ScheduleKind schedule_;
  RunPlace at_;
  std::vector<size_t> order_;
  bool begun_ = false;
  Clock::time_point last_checkpoint_;
  std::optional<Clock::time_point> last_shown_;
  std::optional<double> smooth_right_;
};

}  // namespace

Status RunTraining(const TrainOptions& options, const TrainingSet& set, Learner* learner,
                   TrainReport* report) {
  return Run(options, set, learner, report).Work();
}

int LoaderThreads(const TrainOptions& options) { return std::max(1, options.open.jobs / 2); }

Path WorkFolder(const TrainOptions& options) { return Path(options.output) += ".training"; }

Path CheckpointFile(const TrainOptions& options) { return WorkFolder(options) / kCheckpointName; }

}  // namespace hashlens
