#include <fmt/core.h>

#include <nlohmann/json.hpp>

#include "apps/cli/train_report.h"
#include "apps/cli/trainer_program.h"
#include "apps/cli/verbs.h"
#include "hashlens/library.h"
#include "hashlens/train.h"

namespace hashlens {
namespace {

struct FitArguments {
  std::string library;
  bool rebuild = false;
  bool json = false;
  FitOptions fit;
  SupervisedFitOptions supervised;
};

ExitCode RunRebuild(const FitArguments& arguments, Session* session) {
  auto writer = LibraryWriter::Open(arguments.library, session->open);
  if (!writer.ok()) return session->Fail(writer.status());
  const auto rebuilt = writer->RebuildCodes(session->progress(), session->stop());
  if (!rebuilt.ok()) return session->Fail(rebuilt.status());
  session->Note(fmt::format("{} made again", Counted(*rebuilt, "code file")));
  return kExitDone;
}

void NoteSupervised(const SupervisedFitReport& report, const SupervisedFitOptions& options,
                    Session* session) {
  session->Note(fmt::format(
      "{} code of {} bits, learned from {} of {}{}",
      options.dry_run ? "nothing was changed; measured was a" : "every image has its new",
      report.bits, Counted(report.pictures, "picture"),
      report.classes == 1 ? "1 class" : fmt::format("{} classes", report.classes),
      report.not_in_library == 0
          ? ""
          : fmt::format("; {} with labels are not in the library", report.not_in_library)));
  if (!report.map_before || !report.map_after) {
    session->Warn(
        "hashlens: nothing is held out, so neither the old nor the new codes were judged");
    return;
  }
  const std::string figures =
      fmt::format("mAP@1000 by code of {} held out: {:.4f} before, {:.4f} {}",
                  Counted(report.held_out, "picture"), *report.map_before, *report.map_after,
                  options.dry_run ? "with the new ones" : "now");
  session->Note(figures);
  if (*report.map_after < *report.map_before) {
    session->Warn(
        fmt::format("hashlens: the new codes are worse than the old ones: {:.4f}, and it "
                    "was {:.4f}{}",
                    *report.map_after, *report.map_before,
                    options.dry_run ? ""
                                    : "; more --bits, another --loss or more labels "
                                      "may be better (--dry-run measures only)"));
  }
}

ExitCode RunSupervised(FitArguments* arguments, Session* session) {
  if (const auto code = BecomeTrainer(session)) return *code;
  SupervisedFitOptions& options = arguments->supervised;
  options.library = arguments->library;
  options.bits = arguments->fit.bits;
  options.seed = arguments->fit.seed;
  options.open = session->open;
  options.progress = session->progress();
  options.stop = session->stop();
  const auto report = FitSupervised(options);
  if (!report.ok()) return session->Fail(report.status());
  NoteSupervised(*report, options, session);
  if (arguments->json) {
    session->PrintJson({{"version", 1},
                        {"bits", report->bits},
                        {"classes", report->classes},
                        {"pictures", report->pictures},
                        {"held_out", report->held_out},
                        {"not_in_library", report->not_in_library},
                        {"dry_run", options.dry_run},
                        {"map_before", FigureJson(report->map_before)},
                        {"map_after", FigureJson(report->map_after)}});
  }
  return kExitDone;
}

ExitCode RunFit(FitArguments* arguments, Session* session) {
  if (arguments->rebuild) return RunRebuild(*arguments, session);
  if (!arguments->supervised.labels.empty()) return RunSupervised(arguments, session);
  auto writer = LibraryWriter::Open(arguments->library, session->open);
  if (!writer.ok()) return session->Fail(writer.status());
  arguments->fit.progress = session->progress();
  arguments->fit.stop = session->stop();
  if (const Status status = writer->Fit(arguments->fit); !status.ok()) return session->Fail(status);
  session->Note("every image has its new code");
  return kExitDone;
}

}  // namespace

Verb FitVerb(Command* model, Session* session) {
  Command* fit =
      model->AddVerb("fit", "New codes for a whole library, learned from its stored features");
  auto arguments = std::make_shared<FitArguments>();
  AddLibraryArgument(fit, &arguments->library);
  auto* again = fit->AddFlag(
      "--rebuild", &arguments->rebuild,
      "Learn nothing: make code files again that are missing or damaged, as they were");
  auto* labels =
      fit->AddOption("--supervised", &arguments->supervised.labels,
                     "Learn from labels: class folders, a .csv, .jsonl or .txt file, or a "
                     "database, of pictures in the library")
          ->ValueName("DATA")
          ->Excludes(again);
  fit->AddOption("--loss", &arguments->supervised.loss,
                 "With --supervised: lin2015, ssdh, greedyhash, orthohash or csq")
      ->ShowDefault()
      ->Check(OneOf({"lin2015", "ssdh", "greedyhash", "orthohash", "csq"}))
      ->Needs(labels);
  fit->AddFlag("--dry-run", &arguments->supervised.dry_run,
               "With --supervised: learn and measure, and change nothing")
      ->Needs(labels);
  fit->AddFlag("--json", &arguments->json, "With --supervised: the outcome as JSON on stdout")
      ->Needs(labels);
  fit->AddOption("--method", &arguments->fit.method,
                 "How: itq, isohash and pca need more images than bits, lsh works with any number")
      ->ShowDefault()
      ->Check(OneOf({"itq", "isohash", "pca", "lsh"}))
      ->Excludes(again)
      ->Excludes(labels);
  fit->AddOption("--bits", &arguments->fit.bits, "Code length, 8 to 512; default: as it is")
      ->Check(InRange(8, 512))
      ->Excludes(again);
  fit->AddOption("--seed", &arguments->fit.seed,
                 "Of the random start; the same seed gives the same codes")
      ->ShowDefault()
      ->Check(WholeNumber())
      ->Excludes(again);
  fit->AddOption("--sample", &arguments->fit.sample, "At most so many features are learned from")
      ->ShowDefault()
      ->Check(InRange(1, 10'000'000))
      ->Excludes(again)
      ->Excludes(labels);
  AddDeviceOptions(fit, session);
  fit->Footer(
      "No picture is read again. Searches see the old codes until all the new ones are "
      "ready.\n--supervised prints mAP of pictures held out, before and after. Where the library's "
      "network was itself trained\non these pictures, before is flattered: it has seen those held "
      "out, too.\nExamples:\n  hashlens model fit photos --method itq --bits 64\n"
      "  hashlens model fit photos --supervised labels.csv --bits 48\n"
      "  hashlens model fit photos --rebuild      when `verify` finds codes missing or damaged");
  return {fit, [arguments, session] { return RunFit(arguments.get(), session); }};
}

}  // namespace hashlens
