#include <fmt/core.h>

#include <nlohmann/json.hpp>

#include "apps/cli/reduction_output.h"
#include "apps/cli/verbs.h"
#include "hashlens/library.h"

namespace hashlens {
namespace {

struct CompactArguments {
  std::string library;
  std::optional<FeatureForm> features;
  bool json = false;
};

ExitCode RunCompact(const CompactArguments& arguments, Session* session) {
  auto writer = LibraryWriter::Open(arguments.library, session->open);
  if (!writer.ok()) return session->Fail(writer.status());
  const auto report = writer->Compact({arguments.features, session->progress(), session->stop()});
  if (!report.ok()) return session->Fail(report.status());
  session->Note(fmt::format("{} segments are now {}; space of {} removed images given back",
                            report->segments_before, report->segments_after, report->purged));
  for (const std::string& warning : report->warnings) session->Warn("warning: " + warning);
  if (report->reduction) session->Note(ToText(*report->reduction));
  if (arguments.json) {
    nlohmann::json json = {{"version", 1},
                           {"segments_before", report->segments_before},
                           {"segments_after", report->segments_after},
                           {"purged", report->purged},
                           {"warnings", report->warnings}};
    if (report->reduction) json["reduction"] = ToJson(*report->reduction);
    session->PrintJson(json);
  }
  return report->warnings.empty() ? kExitDone : kExitSomeFailed;
}

}  // namespace

std::vector<Verb> CompactVerb(Command* parent, Session* session) {
  Command* verb = parent->AddVerb(
      "compact",
      "Merge segments, give back the space of removed images, arrange codes for searching");
  auto arguments = std::make_shared<CompactArguments>();
  AddLibraryArgument(verb, &arguments->library);
  AddFeaturesOption(verb, &arguments->features,
                    "Store features reduced from now on, for good: pca:N keeps the first N "
                    "principal components (1000 images or more), int8 a byte a number");
  verb->AddFlag("--json", &arguments->json, "What was done as JSON on stdout");
  verb->Footer(
      "Searches go on meanwhile. Needs room on disk for a copy of what it rewrites.\n"
      "Examples:\n"
      "  hashlens compact photos\n"
      "  hashlens compact photos --features int8           features take half the room\n"
      "  hashlens compact photos --features pca:256        a fifth; more is lost\n"
      "Reducing features reads no picture, and cannot be undone: the full ones are gone. New "
      "images are then stored\nreduced, too. What is lost is measured on up to 1000 images of the "
      "library "
      "among up to 20,000.");
  return {{verb, [arguments, session] { return RunCompact(*arguments, session); }}};
}

}  // namespace hashlens
