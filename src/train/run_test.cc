// Whole runs, small: interruption, checkpoints and their damage, and a loss that explodes.
#include "train/test_runs.h"

namespace hashlens {
namespace {

TEST_F(TrainRun, AnInterruptedRunEndsAsAnUndisturbedOne) {
  const Outcome whole = Run(Options("whole"));
  ASSERT_TRUE(whole.status.ok()) << whole.status.message();
  ASSERT_EQ(whole.report.epochs.size(), 2u);
  EXPECT_EQ(whole.report.pictures + whole.report.held_out, 2u * kRunPictures);

  TrainOptions options = Options("halves");
  const Outcome first = RunOneStep(options);
  ASSERT_TRUE(first.status.ok()) << first.status.message();
  EXPECT_TRUE(first.report.interrupted);
  EXPECT_TRUE(first.report.epochs.empty());
  ASSERT_TRUE(std::filesystem::exists(CheckpointFile(options)));
  options.resume = true;
  const Outcome second = Run(options);
  ASSERT_TRUE(second.status.ok()) << second.status.message();
  EXPECT_FALSE(second.report.interrupted);
  ASSERT_EQ(second.report.epochs.size(), 2u);
  for (size_t e = 0; e < 2; ++e) {
    EXPECT_EQ(second.report.epochs[e].epoch, whole.report.epochs[e].epoch);
    EXPECT_NEAR(second.report.epochs[e].loss, whole.report.epochs[e].loss, 1e-3);
    EXPECT_EQ(second.report.epochs[e].accuracy, whole.report.epochs[e].accuracy);
  }
  for (const auto& [name, tensor] : whole.weights) {
    const std::vector<float>& other = second.weights.at(name).values;
    for (size_t i = 0; i < other.size(); ++i) ASSERT_NEAR(other[i], tensor.values[i], 1e-2) << name;
  }
}

TEST_F(TrainRun, AResumedRunHasTheSizesOfAnUndisturbedOne) {
  TrainOptions options = Options("whole");
  options.image_sizes = {32, 40, 48, 56};  // a step each, or nearly
  const Outcome whole = Run(options);
  ASSERT_TRUE(whole.status.ok()) << whole.status.message();
  options.output = temp_.path() / "parts";
  Outcome part = RunOneStep(options);
  options.resume = true;
  while (part.status.ok() && part.report.interrupted) part = RunOneStep(options);
  ASSERT_TRUE(part.status.ok()) << part.status.message();
  ASSERT_EQ(part.report.epochs.size(), whole.report.epochs.size());
  for (size_t e = 0; e < whole.report.epochs.size(); ++e) {
    EXPECT_EQ(part.report.epochs[e].image_size, whole.report.epochs[e].image_size);
    EXPECT_NEAR(part.report.epochs[e].loss, whole.report.epochs[e].loss, 1e-3);
  }
}

TEST_F(TrainRun, ACheckpointIsForTheSameOptionsAndUndamaged) {
  TrainOptions options = Options("m");
  ASSERT_TRUE(RunOneStep(options).report.interrupted);
  options.resume = true;
  TrainOptions other = options;
  other.rate = 1e-4;
  const Status status = Run(other).status;
  EXPECT_EQ(status.code(), StatusCode::kInvalidArgument);
  EXPECT_NE(status.message().find("--rate"), std::string::npos) << status.message();
  const auto refused = [&](const std::string& expected, const auto& change) {
    TrainOptions changed = options;
    change(&changed);
    const std::string message = Run(changed).status.message();
    EXPECT_NE(message.find("made " + expected + ";"), std::string::npos) << message;
  };
  // The first three have other tensors, too.
  refused("with --loss lin2015, not with --loss csq", [](TrainOptions* o) { o->loss = "csq"; });
  refused("with --bits 12,32, not with --bits 32,12", [](TrainOptions* o) { o->bits = {32, 12}; });
  refused("with --bits 12,32, not with --bits 48", [](TrainOptions* o) { o->bits = {48}; });
  refused("without --time-budget, not with --time-budget 50m",
          [](TrainOptions* o) { o->budget_seconds = 3000; });
  refused("without --no-flip, not with --no-flip", [](TrainOptions* o) { o->flip = false; });
  refused("with --holdout 0.1, not with --holdout 0.25",
          [](TrainOptions* o) { o->holdout = 0.25; });

  const std::string whole = ReadWhole(CheckpointFile(options));
  for (const size_t at : {size_t{0}, size_t{20}, whole.size() / 2, whole.size() - 1}) {
    std::string damaged = whole;
    damaged[at] = static_cast<char>(damaged[at] ^ 1);
    WriteWhole(CheckpointFile(options), damaged);
    EXPECT_EQ(Run(options).status.code(), StatusCode::kCorruption) << at;
  }
  WriteWhole(CheckpointFile(options), whole.substr(0, whole.size() / 2));
  EXPECT_EQ(Run(options).status.code(), StatusCode::kCorruption);
  WriteWhole(CheckpointFile(options), whole);
  WriteWhole(temp_.path() / "data/red/more.ppm", Ppm(99, true));
  const Status grown = Run(options).status;
  EXPECT_NE(grown.message().find("other pictures"), std::string::npos) << grown.message();
}

TEST_F(TrainRun, ResumeCaresForTheDataNotForHowItIsSpelled) {
  TrainOptions options = Options("m");
  ASSERT_TRUE(RunOneStep(options).report.interrupted);
  options.resume = true;
  std::filesystem::create_directory_symlink(temp_.path() / "data", temp_.path() / "link");
  for (const char* spelling : {"./data/", "../data", "link"}) {
    std::filesystem::create_directories(temp_.path() / "x");
    options.data = temp_.path() / (std::string_view(spelling) == "../data" ? "x" : "") / spelling;
    const Outcome outcome = RunOneStep(options);
    EXPECT_TRUE(outcome.status.ok()) << spelling << ": " << outcome.status.message();
  }
}

TEST_F(TrainRun, WithNothingHeldOutNothingIsMeasured) {
  TrainOptions options = Options("m");
  options.holdout = 0;
  options.epochs = 1;
  const Outcome whole = Run(options);
  ASSERT_TRUE(whole.status.ok()) << whole.status.message();
  ASSERT_EQ(whole.report.epochs.size(), 1u);
  EXPECT_EQ(whole.report.epochs[0].held_out_accuracy, std::nullopt);
  options.resume = true;  // from the checkpoint at the end
  const Outcome again = Run(options);
  ASSERT_EQ(again.report.epochs.size(), 1u);
  EXPECT_EQ(again.report.epochs[0].held_out_accuracy, std::nullopt);
}

TEST_F(TrainRun, ABudgetTooShortForAnEpochIsNoted) {
  TrainOptions options = Options("m");
  std::vector<std::string> warnings;
  options.on_warning = [&](const std::string& text) { warnings.push_back(text); };
  options.budget_seconds = 1e-6;
  ASSERT_TRUE(Run(options).status.ok());
  ASSERT_EQ(warnings.size(), 1u);
  EXPECT_NE(warnings[0].find("too short for one epoch: 8 of"), std::string::npos) << warnings[0];
  warnings.clear();
  options.budget_seconds = 0;
  options.epochs = 1;
  ASSERT_TRUE(Run(options).status.ok());
  EXPECT_TRUE(warnings.empty());
}

TEST_F(TrainRun, PicturesThatCannotBeReadAnyMoreAreNamedAtResume) {
  WriteWhole(temp_.path() / "data/blue/late.ppm", "P6 no");
  TrainOptions options = Options("m");
  ASSERT_TRUE(RunOneStep(options).report.interrupted);
  options.resume = true;
  const auto expect_refused = [&](const std::string& text) {
    const Status status = RunOneStep(options).status;
    EXPECT_EQ(status.code(), StatusCode::kInvalidArgument);
    EXPECT_NE(status.message().find(text), std::string::npos) << status.message();
  };
  WriteWhole(temp_.path() / "data/red/3.ppm", "P6 no");
  expect_refused("a picture that could be read when the training began cannot be read now: " +
                 (temp_.path() / "data/red/3.ppm").native());
  WriteWhole(temp_.path() / "data/red/3.ppm", Ppm(3, true));
  WriteWhole(temp_.path() / "data/blue/late.ppm", Ppm(9, false));
  expect_refused("late.ppm");
  WriteWhole(temp_.path() / "data/blue/late.ppm", "P6 no");
  EXPECT_TRUE(RunOneStep(options).status.ok());
}

TEST_F(TrainRun, NothingIsLostWhenTheReportCannotBeWritten) {
  TrainOptions options = Options("m");
  options.epochs = 1;
  size_t reports = 0;
  options.write_report = [&](const TrainReport& report) -> Status {
    EXPECT_EQ(report.heads.size(), 2u);
    return ++reports == 1 ? IoError("writing m.json: disk full; free some space and run it again")
                          : Status();
  };
  const auto first = Train(options);
  EXPECT_EQ(first.status().code(), StatusCode::kIoError);
  EXPECT_TRUE(first.status().message().ends_with("run it again with --resume"))
      << first.status().message();
  const Path package = PackagePath(options, 12) / "model.json";
  const auto written = std::filesystem::last_write_time(package);
  options.resume = true;
  const auto second = Train(options);
  ASSERT_TRUE(second.ok()) << second.status().message();
  EXPECT_EQ(reports, 2u);
  EXPECT_EQ(std::filesystem::last_write_time(package), written);
  EXPECT_FALSE(std::filesystem::exists(WorkFolder(options)));
}

TEST_F(TrainRun, ALossThatExplodesSaysWhatToLower) {
  TrainOptions options = Options("m");
  options.rate = 100;
  options.weight_decay = 10;
  options.epochs = 200;
  const Outcome outcome = Run(options);
  EXPECT_EQ(outcome.status.code(), StatusCode::kInvalidArgument);
  const std::string& message = outcome.status.message();
  EXPECT_NE(message.find("the loss"), std::string::npos) << message;
  EXPECT_NE(message.find("lower --rate (it was 100)"), std::string::npos) << message;
  const bool begun = std::filesystem::exists(CheckpointFile(options));  // or it ended before
  EXPECT_EQ(message.find("remove") != std::string::npos, begun) << message;
}

TEST_F(TrainRun, PicturesThatCannotBeReadAreListedAndOverATenthIsAnError) {
  WriteWhole(temp_.path() / "data/red/broken.ppm", "P6 no");
  TrainReport report;
  const TrainOptions options = *CheckedOptions(Options("m"));
  ASSERT_TRUE(ReadTrainingSet(options, &report).ok());
  ASSERT_EQ(report.unreadable.size(), 1u);
  EXPECT_NE(report.unreadable[0].find("broken.ppm"), std::string::npos);
  EXPECT_EQ(report.pictures + report.held_out, 2u * kRunPictures);
  for (int i = 0; i < 3; ++i)
    WriteWhole(temp_.path() / "data/red" / ("bad" + std::to_string(i) + ".ppm"), "P6 no");
  TrainReport second;
  const Status status = ReadTrainingSet(options, &second).status();
  EXPECT_EQ(status.code(), StatusCode::kInvalidArgument);
  EXPECT_NE(status.message().find("over a tenth"), std::string::npos) << status.message();
}

TEST_F(TrainRun, OptionsOutOfRangeAreNamed) {
  const auto refused = [&](const char* name, auto change) {
    TrainOptions options = Options("m");
    change(&options);
    const Status status = CheckedOptions(options).status();
    EXPECT_EQ(status.code(), StatusCode::kInvalidArgument) << name;
    EXPECT_NE(status.message().find(name), std::string::npos) << status.message();
  };
  refused("--bits", [](TrainOptions* o) { o->bits = {12, 7}; });
  refused("--bits", [](TrainOptions* o) { o->bits = {12, 12}; });
  refused("--bits", [](TrainOptions* o) { o->bits = {513}; });
  refused("--image-size", [](TrainOptions* o) { o->image_sizes = {8}; });
  refused("--freeze", [](TrainOptions* o) { o->freeze = 19; });
  refused("--holdout", [](TrainOptions* o) { o->holdout = 0.9; });
  refused("--rate", [](TrainOptions* o) { o->rate = -1; });
  refused("--erase", [](TrainOptions* o) { o->erase = std::nan(""); });
  refused("--checkpoint-every", [](TrainOptions* o) { o->checkpoint_seconds = -1; });
  refused("--checkpoint-every", [](TrainOptions* o) { o->checkpoint_seconds = std::nan(""); });
  refused("loss", [](TrainOptions* o) { o->loss = "hinge"; });
}

}  // namespace
}  // namespace hashlens
