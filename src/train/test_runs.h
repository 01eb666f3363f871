// Small training runs on made pictures, for tests.
#ifndef HASHLENS_TRAIN_TEST_RUNS_H_
#define HASHLENS_TRAIN_TEST_RUNS_H_

#include <gtest/gtest.h>

#include <string>

#include "base/temp_folder.h"
#include "base/test_files.h"
#include "base/test_paths.h"
#include "model/tensor_file.h"
#include "train/run.h"

namespace hashlens {

inline constexpr int kRunPictures = 12;  // of each class

inline std::string Ppm(int seed, bool red) {
  std::string pixels;
  for (int i = 0; i < 24 * 24; ++i) {
    const char noise = static_cast<char>((i * 37 + seed * 101) % 90);
    pixels += red ? std::string{static_cast<char>(200), noise, noise}
                  : std::string{noise, noise, static_cast<char>(200)};
  }
  return "P6\n24 24\n255\n" + pixels;
}

class TrainRun : public testing::Test {
 protected:
  void SetUp() override {
    for (int i = 0; i < kRunPictures; ++i) {
      WriteWhole(temp_.path() / "data/red" / (std::to_string(i) + ".ppm"), Ppm(i, true));
      WriteWhole(temp_.path() / "data/blue" / (std::to_string(i) + ".ppm"), Ppm(i, false));
    }
  }

  TrainOptions Options(const char* output) {
    TrainOptions options;
    options.data = temp_.path() / "data";
    options.output = temp_.path() / output;
    options.backbone = DepsDir() / "models/efficientnet-lite0-parts/weights.safetensors";
    options.bits = {12, 32};
    options.image_sizes = {32};
    options.batch = 8;
    options.epochs = 2;
    options.holdout = 0.1;
    options.torch_device = "cpu";
    return options;
  }

  struct Outcome {
    Status status;
    TrainReport report;
    NamedTensors weights;  // of the network
  };
  Outcome Run(const TrainOptions& given) {
    Outcome outcome;
    const auto options = CheckedOptions(given);
    EXPECT_TRUE(options.ok()) << options.status().message();
    std::filesystem::create_directories(WorkFolder(*options));
    const auto set = ReadTrainingSet(*options, &outcome.report);
    EXPECT_TRUE(set.ok()) << set.status().message();
    const auto learner = MakeLearner(*options, *set);
    EXPECT_TRUE(learner.ok()) << learner.status().message();
    outcome.status = RunTraining(*options, *set, learner->get(), &outcome.report);
    outcome.weights = (*learner)->network().Save();
    return outcome;
  }

  // Stops after the first step, which is the first to show progress.
  Outcome RunOneStep(TrainOptions options) {
    std::stop_source stop;
    options.stop = stop.get_token();
    options.progress = [&](const Progress& progress) {
      if (progress.stage == "training") stop.request_stop();
    };
    return Run(options);
  }

  TempFolder temp_;
};

}  // namespace hashlens

#endif  // HASHLENS_TRAIN_TEST_RUNS_H_
