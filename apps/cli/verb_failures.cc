#include <fmt/core.h>

#include "apps/cli/verbs.h"
#include "hashlens/library.h"

namespace hashlens {
namespace {

struct FailuresArguments {
  std::string library;
  bool all = false;
  bool json = false;
};

ExitCode RunFailures(const FailuresArguments& arguments, Session* session) {
  const auto library = Library::Open(arguments.library, session->open);
  if (!library.ok()) return session->Fail(library.status());
  const auto failures = library->Failures(arguments.all);
  if (!failures.ok()) return session->Fail(failures.status());
  for (const Failure& failure : *failures) {
    if (!arguments.json) {
      session->Print(fmt::format("{}: {}{}\n", PrintablePath(failure.path),
                                 failure.skipped ? "passed over: " : "", failure.reason));
      continue;
    }
    nlohmann::json object = {
        {"reason", failure.reason}, {"skipped", failure.skipped}, {"at_ms", failure.at_ms}};
    AddPathField(&object, failure.path);
    session->PrintJson(object);
  }
  if (failures->empty()) session->Note("no failures");
  return kExitDone;
}

}  // namespace

std::vector<Verb> FailuresVerb(CLI::App* parent, Session* session) {
  CLI::App* verb =
      parent->add_subcommand("failures", "The files that could not be indexed, and why");
  auto arguments = std::make_shared<FailuresArguments>();
  AddLibraryArgument(verb, &arguments->library);
  verb->add_flag("--all", arguments->all, "Also files that are no pictures");
  verb->add_flag("--json", arguments->json, "One JSON object a file on stdout");
  verb->footer(
      "Examples:\n  hashlens failures photos\n  hashlens failures photos --json | jq -r .path");
  return {{verb, [arguments, session] { return RunFailures(*arguments, session); }}};
}

}  // namespace hashlens
