// Training on pictures beside the plain loop on made-up tensors, in turns, so that both meet the
// same machine.
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <chrono>
#include <cstdlib>
#include <system_error>

#include "base/try.h"
#include "train/backbone.h"
#include "train/recipe.h"
#include "train/run.h"
#include "train/schedule.h"

namespace hashlens {
namespace {

constexpr int kStepsATurn = 5;
constexpr int kWarmUpSteps = 2;
constexpr double kRateFactor = 0.1;

class TrainingBench {
 public:
  TrainingBench(const TrainOptions& options, const TrainingSet& set, Learner* learner)
      : options_(options),
        set_(set),
        learner_(learner),
        maker_(*set.store, set.labels, static_cast<int>(set.classes.size()),
               InputOf(options, learner->network()), AugmentOptionsOf(options),
               LoaderThreads(options)) {}

  Result<TrainBench> Measure(int steps) {
    HL_ASSIGN(Batch synthetic, maker_.Make(Items(), Size()));
    synthetic.pictures = torch::randn_like(synthetic.pictures);
    for (int i = 0; i < kWarmUpSteps; ++i) learner_->Step(synthetic, kRateFactor);
    double with_pictures = 0;
    double plain = 0;
    for (int done = 0; done < steps; done += kStepsATurn) {
      if (options_.stop.stop_requested()) return Cancelled("stopped");
      HL_ASSIGN(const double seconds, TurnWithPictures());
      with_pictures += seconds;
      plain += PlainTurn(synthetic);
      images_ += static_cast<double>(kStepsATurn * options_.batch);
      if (options_.progress)
        options_.progress({"training",
                           static_cast<uint64_t>(done + kStepsATurn),
                           static_cast<uint64_t>(steps),
                           0,
                           0,
                           {}});
    }
    TrainBench bench;
    bench.image_size = Size();
    bench.batch = options_.batch;
    bench.pictures_per_second = images_ / with_pictures;
    bench.synthetic_per_second = images_ / plain;
    bench.ratio = bench.pictures_per_second / bench.synthetic_per_second;
    return bench;
  }

 private:
  using Clock = std::chrono::steady_clock;

  int Size() const { return options_.image_sizes.front(); }

  static double SecondsSince(Clock::time_point start) {
    return std::chrono::duration<double>(Clock::now() - start).count();
  }

  std::vector<BatchItem> Items() {
    std::vector<BatchItem> batch;
    for (int i = 0; i < options_.batch; ++i) {
      const size_t picture = set_.trained[at_++ % set_.trained.size()];
      batch.push_back({picture, VariantSeed(options_.seed, 0, at_)});
    }
    return batch;
  }

  // As a run does it; the first batch of a turn is not hidden behind a step, which is a little
  // unfair to us.
  Result<double> TurnWithPictures() {
    const auto start = Clock::now();
    maker_.Start(Items(), Size());
    for (int i = 0; i < kStepsATurn; ++i) {
      auto batch = maker_.Take();
      if (i + 1 < kStepsATurn) maker_.Start(Items(), Size());
      if (batch.ok()) learner_->Step(*batch, kRateFactor);
      if (!batch.ok() && i + 1 < kStepsATurn) (void)maker_.Take();
      HL_TRY(batch.status());
    }
    return SecondsSince(start);
  }

  double PlainTurn(const Batch& batch) {
    const auto start = Clock::now();
    for (int i = 0; i < kStepsATurn; ++i) learner_->Step(batch, kRateFactor);
    return SecondsSince(start);
  }

  const TrainOptions& options_;
  const TrainingSet& set_;
  Learner* learner_;
  BatchMaker maker_;
  size_t at_ = 0;
  double images_ = 0;
};

// A place for what a .prototxt becomes, removed in the end.
class BenchFolder {
 public:
  explicit BenchFolder(TrainOptions* options) {
    std::string name = (std::filesystem::temp_directory_path() / "hashlens-bench-XXXXXX").native();
    if (::mkdtemp(name.data()) == nullptr)
      throw std::filesystem::filesystem_error("cannot make a folder", name,
                                              std::error_code(errno, std::generic_category()));
    folder_ = name;  // nobody else's
    options->output = folder_ / "bench";
  }
  ~BenchFolder() {
    std::error_code error;  // what stays is rubbish, not a reason to fail
    std::filesystem::remove_all(folder_, error);
  }
  BenchFolder(const BenchFolder&) = delete;
  BenchFolder& operator=(const BenchFolder&) = delete;

 private:
  Path folder_;
};

}  // namespace

Result<TrainBench> MeasureTraining(const TrainOptions& given, int steps) {
  TrainOptions options = given;
  const BenchFolder folder(&options);
  TrainReport report;
  HL_ASSIGN(const TrainingSet set, ReadTrainingSet(options, &report));
  HL_ASSIGN(const std::unique_ptr<Learner> learner, MakeLearner(options, set));
  return TrainingBench(options, set, learner.get()).Measure(steps);
}

}  // namespace hashlens
