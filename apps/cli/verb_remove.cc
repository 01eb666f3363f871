#include <fmt/core.h>

#include <nlohmann/json.hpp>

#include "apps/cli/filter_options.h"
#include "apps/cli/verbs.h"
#include "hashlens/library.h"

namespace hashlens {
namespace {

struct RemoveArguments {
  std::string library;
  SelectionArguments images;
  bool json = false;
};

ExitCode RunRemove(const RemoveArguments& arguments, Session* session) {
  const auto images = ParseSelection(arguments.images, "remove");
  if (!images.ok()) return session->Fail(images.status());
  auto writer = LibraryWriter::Open(arguments.library, session->open);
  if (!writer.ok()) return session->Fail(writer.status());
  const auto removed = writer->Remove(*images);
  if (!removed.ok()) return session->Fail(removed.status());
  session->Note(
      fmt::format("{} removed from the library; their files are untouched. `hashlens compact` "
                  "gives the space back",
                  *removed));
  if (arguments.json) session->PrintJson({{"version", 1}, {"removed", *removed}});
  return kExitDone;
}

}  // namespace

std::vector<Verb> RemoveVerb(Command* parent, Session* session) {
  Command* verb =
      parent->AddVerb("remove", "Take images out of a library; their files are not touched");
  auto arguments = std::make_shared<RemoveArguments>();
  AddLibraryArgument(verb, &arguments->library);
  AddSelectionOptions(verb, &arguments->images);
  verb->AddFlag("--json", &arguments->json, "The count as JSON on stdout");
  verb->Footer(
      "Examples:\n"
      "  hashlens remove photos ~/Pictures/private\n"
      "  hashlens remove photos --id 7 --id 12\n"
      "  hashlens remove photos --filter owner=me --added-since 36h\n"
      "--filter, --under and --added-since narrow PATH and --id down, or stand alone.\n"
      "An image comes back when its folder is indexed again; --exclude of `index` keeps it out.");
  return {{verb, [arguments, session] { return RunRemove(*arguments, session); }}};
}

}  // namespace hashlens
