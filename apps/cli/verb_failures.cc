#include <fmt/core.h>

#include <nlohmann/json.hpp>

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

std::vector<Verb> FailuresVerb(Command* parent, Session* session) {
  Command* verb = parent->AddVerb("failures", "The files that could not be indexed, and why");
  auto arguments = std::make_shared<FailuresArguments>();
  AddLibraryArgument(verb, &arguments->library);
  verb->AddFlag("--all", &arguments->all, "Also files that are no pictures");
  verb->AddFlag("--json", &arguments->json, "One JSON object a file on stdout");
  verb->Footer(
      "Examples:\n  hashlens failures photos\n  hashlens failures photos --json | jq -r .path");
  return {{verb, [arguments, session] { return RunFailures(*arguments, session); }}};
}

}  // namespace hashlens
