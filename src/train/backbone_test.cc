// Runs with networks that were imported.
#include "train/backbone.h"

#include "model/caffe/known_nets.h"
#include "model/caffe/test_run.h"
#include "model/network_plan.h"
#include "train/test_runs.h"

namespace hashlens {
namespace {

// A run with a network that was imported, in a package of its own.
class TrainBackbone : public TrainRun {
 protected:
  TrainOptions Options(const char* output) {
    TrainOptions options = TrainRun::Options(output);
    EXPECT_TRUE(UseRecipe("paper", &options).ok());
    options.backbone = temp_.path() / "quick";
    options.image_sizes = {};
    if (!std::filesystem::exists(options.backbone)) Import(options.backbone);
    return options;
  }
  void Import(const Path& package) {
    CaffeFiles files(KnownCifar10Quick().net);
    files.source.feature = "ip1";
    files.source.mean = "128";
    files.source.scale = 1 / 128.0F;
    const auto network = files.Import();
    ASSERT_TRUE(network.ok()) << network.status().message();
    NetworkInput input;
    input.size = 32;
    input.crop_fraction = 32 / 36.0;
    input.mean = {0, 0, 0};
    input.scale = {1, 1, 1};
    ASSERT_TRUE(
        WriteModelPackage(package, "quick", network->dim, input, files.path("network.xml"), {})
            .ok());
  }
  Status Refusal(TrainOptions options) {
    const auto checked = CheckedOptions(options);
    if (!checked.ok()) return checked.status();
    std::filesystem::create_directories(WorkFolder(*checked));
    return MakeNetwork(*checked).status();
  }
};

TEST_F(TrainBackbone, AnInterruptedRunEndsAsAnUndisturbedOne) {
  const Outcome whole = Run(Options("whole"));
  ASSERT_TRUE(whole.status.ok()) << whole.status.message();
  EXPECT_EQ(whole.report.input_size, 32);
  TrainOptions options = Options("halves");
  const Outcome first = RunOneStep(options);
  ASSERT_TRUE(first.status.ok()) << first.status.message();
  options.resume = true;
  const Outcome second = Run(options);
  ASSERT_TRUE(second.status.ok()) << second.status.message();
  ASSERT_EQ(whole.weights.size(), 8u);
  for (const auto& [name, tensor] : whole.weights) {
    const std::vector<float>& other = second.weights.at(name).values;
    for (size_t i = 0; i < other.size(); ++i) ASSERT_NEAR(other[i], tensor.values[i], 1e-4) << name;
  }
  EXPECT_NE(first.weights.at("conv1/0").values, second.weights.at("conv1/0").values);
}

TEST_F(TrainBackbone, TheFinishedPackageIsTheSameNetworkWithNewWeights) {
  TrainOptions given = Options("made");
  given.bits = {16};
  given.epochs = 12;
  given.feature_layer = "pool3";
  const auto options = CheckedOptions(given);
  ASSERT_TRUE(options.ok()) << options.status().message();
  std::filesystem::create_directories(WorkFolder(*options));
  TrainReport report;
  const auto set = ReadTrainingSet(*options, &report);
  ASSERT_TRUE(set.ok()) << set.status().message();
  const auto learner = MakeLearner(*options, *set);
  ASSERT_TRUE(learner.ok()) << learner.status().message();
  ASSERT_TRUE(RunTraining(*options, *set, learner->get(), &report).ok());
  EXPECT_LT(report.epochs.back().loss, report.epochs.front().loss);
  const Status finished = FinishTraining(*options, *set, learner->get(), &report);
  ASSERT_TRUE(finished.ok()) << finished.message();
  EXPECT_EQ(report.heads.at(0).method, "latent");
  EXPECT_FALSE(report.heads.at(0).refit_map.has_value());
  const auto package = OpenModelPackage(options->output);
  ASSERT_TRUE(package.ok()) << package.status().message();
  EXPECT_EQ(package->dim, 1024);
  EXPECT_EQ(package->input.fit, PictureFit::kStretch);
  EXPECT_NEAR(package->input.crop_fraction, 32 / 36.0, 1e-9);
  const auto plan = ReadNetworkPlan(package->folder / "network.xml", "");
  ASSERT_TRUE(plan.ok()) << plan.status().message();
  for (const PlanTensor& tensor : plan->tensors) {
    if (!tensor.trained) continue;
    EXPECT_EQ(tensor.values, (*learner)->network().Save().at(tensor.name).values) << tensor.name;
  }
}

TEST_F(TrainBackbone, WhatMakesNoSenseIsRefused) {
  TrainOptions options = Options("made");
  EXPECT_TRUE(Refusal(options).ok());
  const auto expect = [&](const TrainOptions& wrong, StatusCode code, const std::string& word) {
    const Status status = Refusal(wrong);
    EXPECT_EQ(status.code(), code) << status.message();
    EXPECT_NE(status.message().find(word), std::string::npos) << status.message();
    EXPECT_EQ(status.message().find('\n'), std::string::npos) << status.message();
  };
  TrainOptions wrong = options;
  wrong.feature_layer = "pool7";
  expect(wrong, StatusCode::kInvalidArgument, "pool3");
  wrong = options;
  wrong.image_sizes = {64};
  expect(wrong, StatusCode::kInvalidArgument, "32 pixels");
  wrong = options;
  wrong.mirror = true;
  expect(wrong, StatusCode::kInvalidArgument, "--mirror");
  wrong = options;
  wrong.freeze = 4;
  expect(wrong, StatusCode::kInvalidArgument, "--freeze");
  wrong = options;
  wrong.threshold = 1.5;
  expect(wrong, StatusCode::kInvalidArgument, "--threshold");
  wrong.activation = "tanh";
  wrong.threshold = {};
  wrong.loss = "csq";
  expect(wrong, StatusCode::kInvalidArgument, "--activation tanh");
  wrong = options;
  wrong.backbone = temp_.path() / "none";
  expect(wrong, StatusCode::kNotFound, "none");
}

}  // namespace
}  // namespace hashlens
