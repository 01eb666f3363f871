#include <fmt/core.h>

#include <nlohmann/json.hpp>

#include "apps/cli/trainer_program.h"
#include "apps/cli/verbs.h"
#include "hashlens/train.h"

namespace hashlens {
namespace {

struct BenchTrainArguments {
  bool json = false;
  int steps = 40;
  TrainOptions train;
};

ExitCode RunBenchTrain(BenchTrainArguments* arguments, Session* session) {
  if (const auto code = BecomeTrainer(session)) return *code;
  TrainOptions& train = arguments->train;
  train.open = session->open;
  train.progress = session->progress();
  train.stop = session->stop();
  const auto bench = BenchTrain(train, arguments->steps);
  if (!bench.ok()) return session->Fail(bench.status());
  if (arguments->json) {
    session->PrintJson({{"version", 1},
                        {"steps", arguments->steps},
                        {"batch", bench->batch},
                        {"image_size", bench->image_size},
                        {"pictures_per_s", bench->pictures_per_second},
                        {"synthetic_per_s", bench->synthetic_per_second},
                        {"ratio", bench->ratio}});
    return kExitDone;
  }
  session->Print(fmt::format(
      "{} steps of {} pictures, {} pixels\n  pictures    {:8.1f} a second, decoded and augmented\n"
      "  synthetic   {:8.1f} a second, the same steps on made-up tensors\n  ratio       {:8.3f}\n",
      arguments->steps, bench->batch, bench->image_size, bench->pictures_per_second,
      bench->synthetic_per_second, bench->ratio));
  return kExitDone;
}

}  // namespace

Verb BenchTrainVerb(Command* bench, Session* session) {
  Command* verb = bench->AddVerb(
      "train", "Training on pictures beside the plain loop on made-up tensors, in turns");
  auto arguments = std::make_shared<BenchTrainArguments>();
  TrainOptions& train = arguments->train;
  verb->AddOption("DATA", &train.data, "Labelled pictures, as `hashlens train` takes them")
      ->Required();
  verb->AddOption("--steps", &arguments->steps, "Of each kind")
      ->ShowDefault()
      ->Check(InRange(5, 1'000'000));
  verb->AddOption("--batch", &train.batch, "Pictures a step")->ShowDefault();
  verb->AddOption("--image-size", &train.image_sizes,
                  "Pixels; default: 128, or what the backbone sees")
      ->OneValue();
  verb->AddOption("--backbone", &train.backbone, "As `hashlens train` takes it")->ValueName("FILE");
  verb->AddFlag("--json", &arguments->json, "As one JSON object on stdout");
  AddDeviceOptions(verb, session);
  AddLimitOptions(verb, session);
  verb->Footer("Example:\n  hashlens bench train pictures/ --image-size 96 --steps 100");
  return {verb, [arguments, session] { return RunBenchTrain(arguments.get(), session); }};
}

}  // namespace hashlens
