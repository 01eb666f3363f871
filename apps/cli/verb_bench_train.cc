#include <fmt/core.h>

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
  BecomeTrainer(session);
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

Verb BenchTrainVerb(CLI::App* bench, Session* session) {
  CLI::App* verb = bench->add_subcommand(
      "train", "Training on pictures beside the plain loop on made-up tensors, in turns");
  auto arguments = std::make_shared<BenchTrainArguments>();
  TrainOptions& train = arguments->train;
  verb->add_option("DATA", train.data, "Labelled pictures, as `hashlens train` takes them")
      ->required();
  verb->add_option("--steps", arguments->steps, "Of each kind")
      ->capture_default_str()
      ->check(CLI::Range(5, 1'000'000));
  verb->add_option("--batch", train.batch, "Pictures a step")->capture_default_str();
  verb->add_option("--image-size", train.image_sizes, "Pixels")->expected(1)->capture_default_str();
  verb->add_option("--backbone", train.backbone, "Weights to start from (.safetensors)")
      ->type_name("FILE");
  verb->add_flag("--json", arguments->json, "As one JSON object on stdout");
  AddDeviceOptions(verb, session);
  AddLimitOptions(verb, session);
  verb->footer("Example:\n  hashlens bench train pictures/ --image-size 96 --steps 100");
  return {verb, [arguments, session] { return RunBenchTrain(arguments.get(), session); }};
}

}  // namespace hashlens
