#include <fmt/core.h>

#include <algorithm>
#include <cstdlib>
#include <functional>
#include <nlohmann/json.hpp>

#include "apps/cli/data_arguments.h"
#include "apps/cli/train_report.h"
#include "apps/cli/trainer_program.h"
#include "apps/cli/verbs.h"
#include "hashlens/library.h"
#include "hashlens/train.h"

namespace hashlens {
namespace {

// An option whose default a recipe changes, and how its value gets from one set of options to
// another.
struct RecipeOption {
  Option* option;
  std::function<void(const TrainOptions& from, TrainOptions* to)> copy;
};

struct TrainArguments {
  TrainOptions train;
  std::string recipe;
  Option* recipe_option = nullptr;
  std::vector<RecipeOption> recipe_options;
  std::string time_budget;
  bool no_flip = false;
  bool json = false;
};

// "50m", "1.5h", "90s" or "90" in seconds; 0 for what is none of these.
double ParseDuration(const std::string& text) {
  char* end = nullptr;
  const double number = std::strtod(text.c_str(), &end);
  const std::string unit = end;
  const double factor = unit == "h" ? 3600 : unit == "m" ? 60 : unit == "s" || unit.empty() ? 1 : 0;
  return end == text.c_str() || !(number > 0) ? 0 : number * factor;
}

ValueCheck Duration() {
  return {"TIME", [](const std::string& text) {
            return ParseDuration(text) > 0
                       ? std::string()
                       : "\"" + text + "\" is not a time such as 50m, 1.5h or 90s";
          }};
}

std::string EpochLine(const TrainEpoch& epoch) {
  return fmt::format(
      "epoch {:2}: {} px, loss {:.4f}, accuracy {:.4f}, held out {}, {:.0f} images/s, {:.1f} "
      "min",
      epoch.epoch, epoch.image_size, epoch.loss, epoch.accuracy,
      FigureText(epoch.held_out_accuracy), epoch.images_per_second, epoch.seconds / 60);
}

void NoteTrainReport(const TrainReport& report, Session* session) {
  constexpr size_t kShown = 10;
  for (size_t i = 0; i < std::min(kShown, report.unreadable.size()); ++i)
    session->Note("left out: " + report.unreadable[i]);
  if (report.unreadable.size() > kShown)
    session->Note(fmt::format("and {} more pictures left out", report.unreadable.size() - kShown));
  for (const TrainedHead& head : report.heads) {
    session->Note(fmt::format(
        "{:3} bits: {}, codes by {}; mAP@1000 of held-out pictures {} (latent layer {}, refit {})",
        head.bits, PrintablePath(head.package), head.method,
        FigureText(std::max(head.latent_map, head.refit_map)), FigureText(head.latent_map),
        FigureText(head.refit_map)));
  }
  if (report.interrupted)
    session->Note("interrupted; the same command with --resume goes on from " +
                  PrintablePath(report.checkpoint));
}

// The recipe's values, but for what the command line says itself.
Status ApplyRecipe(TrainArguments* arguments) {
  if (arguments->recipe.empty()) return {};
  const TrainOptions given = arguments->train;
  const Status status = UseRecipe(arguments->recipe, &arguments->train);
  for (const auto& [option, copy] : arguments->recipe_options) {
    if (option->given()) copy(given, &arguments->train);
  }
  return status;
}

ExitCode RunTrain(TrainArguments* arguments, Session* session) {
  if (const auto code = BecomeTrainer(session)) return *code;
  TrainOptions& train = arguments->train;
  if (const Status status = ApplyRecipe(arguments); !status.ok()) return session->Fail(status);
  train.open = session->open;
  train.budget_seconds = arguments->time_budget.empty() ? 0 : ParseDuration(arguments->time_budget);
  train.flip = !arguments->no_flip;
  train.progress = session->progress();
  train.stop = session->stop();
  train.on_epoch = [session](const TrainEpoch& epoch) { session->Note(EpochLine(epoch)); };
  train.on_warning = [session](const std::string& text) { session->Warn("hashlens: " + text); };
  if (!train.output.has_filename()) train.output = train.output.parent_path();  // "birds/"
  train.reports = {TrainReportFile(train, ".html"), TrainReportFile(train, ".json")};
  train.write_report = [&train](const TrainReport& report) {
    return WriteTrainReport(train, report);
  };
  const auto report = Train(train);
  if (!report.ok()) return session->Fail(report.status());
  NoteTrainReport(*report, session);
  if (arguments->json) session->PrintJson(TrainReportJson(train, *report));
  if (report->interrupted) return kExitInterrupted;
  session->Note("wrote " + PrintablePath(TrainReportFile(train, ".html")) + " and .json");
  return report->unreadable.empty() ? kExitDone : kExitSomeFailed;
}

// `option` is bound to a member of arguments->train, which a recipe sets.
template <typename T>
Option* InRecipe(TrainArguments* arguments, Option* option, T TrainOptions::*member) {
  arguments->recipe_options.push_back(
      {option,
       [member](const TrainOptions& from, TrainOptions* to) { to->*member = from.*member; }});
  return option;
}

void AddLatentOptions(Command* verb, TrainArguments* arguments) {
  TrainOptions& train = arguments->train;
  InRecipe(arguments,
           verb->AddOption("--loss", &train.loss, "lin2015, ssdh, greedyhash, orthohash or csq"),
           &TrainOptions::loss)
      ->ShowDefault()
      ->Check(OneOf({"lin2015", "ssdh", "greedyhash", "orthohash", "csq"}));
  verb->AddOption("--activation", &train.activation,
                  "Of the latent layer's units: sigmoid, or tanh (with --loss lin2015)")
      ->ShowDefault()
      ->Check(OneOf({"sigmoid", "tanh"}));
  verb->AddOption(
          "--threshold",
          [&train](const std::string& text) {
            train.threshold = std::strtod(text.c_str(), nullptr);
          },
          "A bit is 1 where its unit is this or more (with --loss lin2015 or ssdh); default: 0.5, "
          "of tanh 0")
      ->Check(FiniteNumber());
}

void AddNetworkOptions(Command* verb, TrainArguments* arguments) {
  TrainOptions& train = arguments->train;
  verb->AddOption("--backbone", &train.backbone,
                  "What to start from: a model package or its name, a .prototxt of Caffe (random "
                  "weights), or weights of the default network (.safetensors); default: "
                  "EfficientNet-Lite0's of ImageNet")
      ->ValueName("FILE");
  verb->AddOption("--feature", &train.feature_layer,
                  "With a package or a .prototxt: the layer whose output codes are made of; "
                  "default: the package's feature, or what the last layers read")
      ->ValueName("LAYER");
  arguments->recipe_option =
      verb->AddOption("--recipe", &arguments->recipe,
                      "paper: train as Lin et al. 2015 did; options given beside it win");
  arguments->recipe_option->Check(OneOf({"paper"}));
}

void AddLearningOptions(Command* verb, TrainArguments* arguments) {
  TrainOptions& train = arguments->train;
  auto* epochs = verb->AddOption("--epochs", &train.epochs,
                                 "How often every picture is shown; what does not fill a batch "
                                 "is left out of an epoch, at random");
  epochs->ShowDefault()->Check(FiniteNumber());
  verb->AddOption("--time-budget", &arguments->time_budget,
                  "Train for this long instead, as 50m or 1.5h; the schedule is made to fit")
      ->Check(Duration())
      ->Excludes(epochs);
  AddNumbersOption(verb, "--image-size", &train.image_sizes,
                   "Pixels, in training, 16 to 1024; several with commas are spread evenly over "
                   "the run: small ones first save time; default: 128, or what the backbone sees");
  verb->AddOption("--input-size", &train.input_size,
                  "Pixels, of the finished network, 16 to 1024; default: the last --image-size")
      ->Check(InRange(16, 1024));
  verb->AddFlag("--mirror", &train.mirror,
                "The finished feature is the mean over picture and mirror image: a little better, "
                "twice the work");
  verb->AddOption("--freeze", &train.freeze,
                  "So many blocks of the default network (0 to 18), or layers with weights of "
                  "another, keep their weights, from the picture on")
      ->ShowDefault()
      ->Check(WholeNumber());
  verb->AddOption("--batch", &train.batch, "Pictures a step, 2 to 4096")
      ->ShowDefault()
      ->Check(WholeNumber());
  InRecipe(arguments, verb->AddOption("--optimizer", &train.optimizer, "adamw or sgd"),
           &TrainOptions::optimizer)
      ->ShowDefault()
      ->Check(OneOf({"adamw", "sgd"}));
  InRecipe(arguments,
           verb->AddOption("--schedule", &train.schedule, "Of the rate: one-cycle or step"),
           &TrainOptions::schedule)
      ->ShowDefault()
      ->Check(OneOf({"one-cycle", "step"}));
  InRecipe(arguments,
           verb->AddOption("--rate", &train.rate,
                           "Of learning; new layers learn ten times as fast; default 5e-4 (sgd "
                           "0.01, by the paper's recipe 0.001 for a learned network)"),
           &TrainOptions::rate)
      ->Check(FiniteNumber());
  InRecipe(arguments, verb->AddOption("--weight-decay", &train.weight_decay, ""),
           &TrainOptions::weight_decay)
      ->ShowDefault()
      ->Check(FiniteNumber());
  InRecipe(arguments, verb->AddOption("--label-smoothing", &train.label_smoothing, ""),
           &TrainOptions::label_smoothing)
      ->ShowDefault()
      ->Check(FiniteNumber());
  verb->AddOption("--min-area", &train.min_area,
                  "Of random crops, as a share of the picture; 1: no crops")
      ->ShowDefault()
      ->Check(FiniteNumber())
      ->Excludes(arguments->recipe_option);
  verb->AddFlag("--no-flip", &arguments->no_flip,
                "Do not mirror pictures at random, as where left and right matter");
  InRecipe(
      arguments,
      verb->AddOption("--erase", &train.erase, "Share of pictures in which a square is blanked"),
      &TrainOptions::erase)
      ->ShowDefault()
      ->Check(FiniteNumber());
  verb->AddOption("--holdout", &train.holdout,
                  "Share of the pictures that is not learned from, for choosing and reporting, 0 "
                  "to 0.5")
      ->ShowDefault()
      ->Check(FiniteNumber());
  verb->AddOption("--seed", &train.seed, "Of everything random")
      ->ShowDefault()
      ->Check(WholeNumber());
}

}  // namespace

std::vector<Verb> TrainVerb(Command* parent, Session* session) {
  Command* verb =
      parent->AddVerb("train", "Learn a network and its codes from pictures with labels");
  auto arguments = std::make_shared<TrainArguments>();
  TrainOptions& train = arguments->train;
  verb->AddOption(
          "DATA", &train.data,
          "A folder of class folders, a .csv, .jsonl or .txt file of path and label(s), or an "
          "LMDB, LevelDB or HDF5 database")
      ->Required();
  verb->AddOption(
          "-o,--output", &train.output,
          "The model package to make, with several lengths of code OUTPUT-BITS each; and a report, "
          "OUTPUT.html and OUTPUT.json")
      ->ValueName("OUTPUT")
      ->Required();
  AddDataOptions(verb, &train.data_options);
  AddNumbersOption(
      verb, "--bits", &train.bits,
      "Length of the codes, 8 to 512; several with commas share one network (12,32,48,128)");
  AddNetworkOptions(verb, arguments.get());
  AddLatentOptions(verb, arguments.get());
  AddLearningOptions(verb, arguments.get());
  verb->AddFlag("--resume", &train.resume,
                "Go on from the checkpoint of an interrupted run with the same options");
  verb->AddOption("--checkpoint-every", &train.checkpoint_seconds, "Seconds between checkpoints")
      ->ShowDefault()
      ->Check(FiniteNumber());
  verb->AddOption("--train-on", &train.torch_device, "auto, cpu or cuda")
      ->ShowDefault()
      ->Check(OneOf({"auto", "cpu", "cuda"}));
  verb->AddFlag("--json", &arguments->json, "The report also as one JSON object on stdout");
  AddDeviceOptions(verb, session);
  AddLimitOptions(verb, session);
  verb->Footer(
      "A CSV file has lines path,label (a heading is optional; several labels are separated by ;), "
      "a JSON-lines\nfile has objects with \"path\" and \"label\" or a list \"labels\". Relative "
      "paths start at the file's folder. A path\nthat is not there is an error with its line; a "
      "picture that cannot be read is left out (exit code 3).\n"
      "Examples:\n"
      "  hashlens train pictures/ -o birds                       folders are the classes\n"
      "  hashlens train labels.csv -o birds --bits 12,48,128 --time-budget 50m\n"
      "  hashlens train pictures/ -o birds --resume              after an interruption\n"
      "  hashlens train pictures/ -o birds --backbone caffenet --feature fc7 --recipe paper\n"
      "  hashlens index photos ~/Pictures --model birds --bits 48");
  return {{verb, [arguments, session] { return RunTrain(arguments.get(), session); }}};
}

}  // namespace hashlens
