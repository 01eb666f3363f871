#include <fmt/core.h>

#include <nlohmann/json.hpp>

#include "apps/cli/verbs.h"
#include "hashlens/library.h"

namespace hashlens {
namespace {

ExitCode RunVerify(const std::string& library, bool json, Session* session) {
  const auto report = VerifyLibraryAt(library, session->progress(), session->stop());
  if (!report.ok()) return session->Fail(report.status());
  for (const std::string& problem : report->problems) session->Fail(Corruption(problem));
  if (json) {
    session->PrintJson({{"version", 1},
                        {"ok", report->problems.empty()},
                        {"images", report->images},
                        {"segments", report->segments},
                        {"bytes", report->bytes},
                        {"problems", report->problems}});
  }
  if (report->problems.empty()) {
    session->Note(fmt::format("{} images in {} segments, {} bytes: all as written", report->images,
                              report->segments, report->bytes));
    return kExitDone;
  }
  return kExitDamage;
}

}  // namespace

std::vector<Verb> VerifyVerb(Command* parent, Session* session) {
  Command* verb =
      parent->AddVerb("verify", "Check every byte of a library: checksums, rows, codes, model");
  auto library = std::make_shared<std::string>();
  auto json = std::make_shared<bool>(false);
  AddLibraryArgument(verb, library.get());
  verb->AddFlag("--json", json.get(), "The result as JSON on stdout");
  verb->Footer(
      "Exits with 5 and names every damaged file. Changes nothing.\nExample:\n  hashlens verify "
      "photos");
  return {{verb, [library, json, session] { return RunVerify(*library, *json, session); }}};
}

}  // namespace hashlens
