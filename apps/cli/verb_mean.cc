#include <fmt/core.h>

#include <nlohmann/json.hpp>

#include "apps/cli/picture_paths.h"
#include "apps/cli/verbs.h"
#include "hashlens/library.h"
#include "hashlens/mean_image.h"

namespace hashlens {
namespace {

struct MeanArguments {
  std::filesystem::path output;
  std::string fit = "stretch";
  bool json = false;
  MeanImageOptions mean;
};

ExitCode RunMean(MeanArguments* arguments, Session* session) {
  MeanImageOptions& options = arguments->mean;
  options.stretch = arguments->fit == "stretch";
  options.open = session->open;
  options.pictures.progress = session->progress();
  options.pictures.stop = session->stop();
  options.failed = [session](const std::filesystem::path& path, const std::string& why) {
    session->Warn("left out: " + PrintablePath(path) + ": " + why);
  };
  const auto report = WriteMeanImage(options, arguments->output);
  if (!report.ok()) return session->Fail(report.status());
  for (const std::string& warning : report->warnings) session->Warn("warning: " + warning);
  const auto& [blue, green, red] = report->channels;
  session->Note(fmt::format(
      "wrote the mean of {} to {}{}; its channels have {:.3f} (blue), {:.3f} "
      "(green), {:.3f} (red)",
      Counted(report->pictures, "picture"), PrintablePath(arguments->output),
      report->failed > 0 ? fmt::format(", {} failed", report->failed) : "", blue, green, red));
  if (arguments->json) {
    session->PrintJson({{"version", 1},
                        {"pictures", report->pictures},
                        {"failed", report->failed},
                        {"skipped", report->skipped},
                        {"channels", report->channels}});
  }
  return report->failed > 0 || !report->warnings.empty() ? kExitSomeFailed : kExitDone;
}

}  // namespace

std::vector<Verb> MeanVerb(Command* parent, Session* session) {
  Command* verb = parent->AddVerb(
      "mean", "Write the mean image of pictures, for Caffe and `model import-caffe --mean`");
  auto arguments = std::make_shared<MeanArguments>();
  EncodePathsOptions& pictures = arguments->mean.pictures;
  verb->AddOption("PATH", &pictures.paths, kPicturePathsHelp)->Required();
  verb->AddOption("-o,--output", &arguments->output,
                  "A new file; its ending is the format: .binaryproto or .npy")
      ->ValueName("FILE")
      ->Required();
  verb->AddOption("--size", &arguments->mean.size, "Every picture is made SIZE x SIZE pixels")
      ->ShowDefault()
      ->Check(InRange(8, 4096));
  verb->AddOption("--fit", &arguments->fit,
                  "How a picture is made square: stretch, or square (the middle of it)")
      ->ShowDefault()
      ->Check(OneOf({"stretch", "square"}));
  AddPictureOptions(verb, &pictures);
  verb->AddOption("-j,--jobs", &session->open.jobs, "Threads; 0: one a core")
      ->ShowDefault()
      ->Check(InRange(0, 256));
  AddLimitOptions(verb, session);
  verb->AddFlag("--json", &arguments->json, "The report as one JSON object on stdout");
  verb->Footer(
      "As compute_image_mean does: the mean of each pixel, 0 to 255, blue first. A .binaryproto "
      "is a BlobProto of\n"
      "1 x 3 x SIZE x SIZE, a .npy an array of 3 x SIZE x SIZE (float32). A picture that cannot be "
      "read is left out.\n"
      "Examples:\n"
      "  hashlens mean train_lmdb -o mean.binaryproto\n"
      "  hashlens mean photos --size 227 -o mean.npy");
  return {{verb, [arguments, session] { return RunMean(arguments.get(), session); }}};
}

}  // namespace hashlens
