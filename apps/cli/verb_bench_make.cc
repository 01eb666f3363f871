// Making a library to measure.
#include <fmt/core.h>

#include <nlohmann/json.hpp>

#include "apps/cli/verbs.h"
#include "hashlens/bench.h"
#include "hashlens/library.h"

namespace hashlens {
namespace {

struct MakeLibraryArguments {
  std::string library;
  bool json = false;
  LikeLibraryOptions like;
};

nlohmann::json NeighboursJson(const NeighbourDistances& distances) {
  return {{"images", distances.images}, {"sampled", distances.sampled}, {"mean", distances.mean},
          {"p10", distances.p10},       {"p50", distances.p50},         {"p90", distances.p90},
          {"counts", distances.counts}};
}

nlohmann::json LikeJson(const LikeLibraryReport& report) {
  return {{"version", 1},
          {"made_up", true},
          {"images", report.images},
          {"dim", report.dim},
          {"bits", report.bits},
          {"nearest_codes",
           {{"like", NeighboursJson(report.like)},
            {"as_many", NeighboursJson(report.as_many)},
            {"made", NeighboursJson(report.made)}}}};
}

std::string NeighboursRow(const std::string& name, const NeighbourDistances& distances) {
  return fmt::format("  {:<28} {:>10} {:>8.2f} {:>6} {:>6} {:>6}\n", name, distances.images,
                     distances.mean, distances.p10, distances.p50, distances.p90);
}

std::string LikeText(const LikeLibraryReport& report, const std::filesystem::path& like) {
  std::string text = fmt::format(
      "{} made-up images: features of {} numbers, codes of {} bits. They were made of the features "
      "of {}; there are no such pictures.\n",
      report.images, report.dim, report.bits, PrintablePath(like));
  text += fmt::format("  {:<28} {:>10} {:>8} {:>6} {:>6} {:>6}\n", "bits to the nearest code",
                      "images", "mean", "p10", "p50", "p90");
  text += NeighboursRow("real images", report.like);
  text += NeighboursRow("as many made-up ones", report.as_many);
  return text + NeighboursRow("all made-up ones", report.made);
}

ExitCode RunMakeLike(MakeLibraryArguments* arguments, Session* session) {
  LikeLibraryOptions& options = arguments->like;
  options.progress = session->progress();
  options.stop = session->stop();
  const auto report = MakeLibraryLike(arguments->library, options);
  if (!report.ok()) return session->Fail(report.status());
  if (arguments->json)
    session->PrintJson(LikeJson(*report));
  else
    session->Print(LikeText(*report, options.like));
  session->Note("made " + PrintablePath(LibraryPath(arguments->library)));
  return kExitDone;
}

ExitCode RunMakeLibrary(MakeLibraryArguments* arguments, Session* session) {
  const LikeLibraryOptions& options = arguments->like;
  if (!options.like.empty()) return RunMakeLike(arguments, session);
  const Status status = MakeSyntheticLibrary(arguments->library, options.rows, options.seed,
                                             session->progress(), session->stop());
  if (!status.ok()) return session->Fail(status);
  session->Note("made " + PrintablePath(LibraryPath(arguments->library)));
  return kExitDone;
}

}  // namespace

Verb MakeLibraryVerb(Command* bench, Session* session) {
  auto arguments = std::make_shared<MakeLibraryArguments>();
  LikeLibraryOptions& options = arguments->like;
  Command* verb =
      bench->AddVerb("make-library",
                     "Make a library of made-up features to measure with, as `bench library` does");
  AddLibraryArgument(verb, &arguments->library);
  verb->AddOption("--rows", &options.rows, "Images (1280 numbers take 3 GB a million)")
      ->ShowDefault()
      ->Check(AtLeastOne());
  verb->AddOption("--seed", &options.seed, "Of the random features")
      ->ShowDefault()
      ->Check(WholeNumber());
  Option* like = verb->AddOption(
      "--like", &options.like,
      "A library of 100 or more pictures: the made-up features lie as its features do; default: "
      "independent ones, spread evenly");
  like->ValueName("PATH");
  verb->AddOption("--dim", &options.dim, "Numbers of a feature; default: as --like has")
      ->Check(InRange(8, 16'384))
      ->Needs(like);
  verb->AddOption("--bits", &options.bits, "Of a code; default: as --like has")
      ->Check(InRange(8, 512))
      ->Needs(like);
  verb->AddFlag("--json", &arguments->json, "The report as one JSON object on stdout")->Needs(like);
  verb->Footer(
      "With --like, a feature is one of LIKE's and a step from it that has the length and the "
      "spectrum of the steps\n"
      "between neighbours there; codes are ITQ of made-up features. --dim maps them by a random "
      "orthogonal map that keeps\n"
      "distances, and the library's network gets the same map, so that picture files can be "
      "searched. The report compares\n"
      "the distances to the nearest code with those of LIKE.\n"
      "Examples:\n"
      "  hashlens bench make-library big --rows 2500000\n"
      "  hashlens bench make-library big --like photos --dim 4096 --bits 128 --rows 2500000");
  return {verb, [arguments, session] { return RunMakeLibrary(arguments.get(), session); }};
}

}  // namespace hashlens
