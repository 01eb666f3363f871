#include <fmt/core.h>

#include "apps/cli/verbs.h"
#include "hashlens/library.h"

namespace hashlens {
namespace {

ExitCode RunCompact(const std::string& path, bool json, Session* session) {
  auto writer = LibraryWriter::Open(path, session->open);
  if (!writer.ok()) return session->Fail(writer.status());
  const auto report = writer->Compact(session->progress(), session->stop());
  if (!report.ok()) return session->Fail(report.status());
  session->Note(fmt::format("{} segments are now {}; space of {} removed images given back",
                            report->segments_before, report->segments_after, report->purged));
  for (const std::string& warning : report->warnings) session->Warn("warning: " + warning);
  if (json) {
    session->PrintJson({{"version", 1},
                        {"segments_before", report->segments_before},
                        {"segments_after", report->segments_after},
                        {"purged", report->purged},
                        {"warnings", report->warnings}});
  }
  return report->warnings.empty() ? kExitDone : kExitSomeFailed;
}

}  // namespace

std::vector<Verb> CompactVerb(CLI::App* parent, Session* session) {
  CLI::App* verb = parent->add_subcommand(
      "compact",
      "Merge segments, give back the space of removed images, arrange codes for searching");
  auto library = std::make_shared<std::string>();
  auto json = std::make_shared<bool>(false);
  AddLibraryArgument(verb, library.get());
  verb->add_flag("--json", *json, "What was done as JSON on stdout");
  verb->footer(
      "Searches go on meanwhile. Needs room on disk for a copy of what it rewrites.\nExample:\n  "
      "hashlens compact photos");
  return {{verb, [library, json, session] { return RunCompact(*library, *json, session); }}};
}

}  // namespace hashlens
