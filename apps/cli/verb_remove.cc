#include <fmt/core.h>

#include "apps/cli/verbs.h"
#include "hashlens/library.h"

namespace hashlens {
namespace {

struct RemoveArguments {
  std::string library;
  std::vector<std::string> filter;
  bool json = false;
  RemoveOptions remove;
};

ExitCode RunRemove(RemoveArguments* arguments, Session* session) {
  RemoveOptions& remove = arguments->remove;
  remove.filter = ParseTags(arguments->filter);
  if (remove.ids.empty() && remove.paths.empty() && remove.filter.empty()) {
    return session->Fail(
        InvalidArgument("remove needs a PATH, --id or --filter; nothing was removed"));
  }
  auto writer = LibraryWriter::Open(arguments->library, session->open);
  if (!writer.ok()) return session->Fail(writer.status());
  const auto removed = writer->Remove(remove);
  if (!removed.ok()) return session->Fail(removed.status());
  session->Note(
      fmt::format("{} removed from the library; their files are untouched. `hashlens compact` "
                  "gives the space back",
                  *removed));
  if (arguments->json) session->PrintJson({{"version", 1}, {"removed", *removed}});
  return kExitDone;
}

}  // namespace

std::vector<Verb> RemoveVerb(CLI::App* parent, Session* session) {
  CLI::App* verb =
      parent->add_subcommand("remove", "Take images out of a library; their files are not touched");
  auto arguments = std::make_shared<RemoveArguments>();
  AddLibraryArgument(verb, &arguments->library);
  verb->add_option("PATH", arguments->remove.paths,
                   "Picture files, or folders with all below them");
  verb->add_option("--id", arguments->remove.ids, "An image by its id; may be repeated")
      ->expected(1)
      ->take_all()
      ->allow_extra_args(false)
      ->check(AtLeastOne());
  AddTagOption(verb, "--filter",
               "Only images with this tag (of PATH and --id, where given); several must all match",
               &arguments->filter);
  verb->add_flag("--json", arguments->json, "The count as JSON on stdout");
  verb->footer(
      "Examples:\n"
      "  hashlens remove photos ~/Pictures/private\n"
      "  hashlens remove photos --id 7 --id 12\n"
      "An image comes back when its folder is indexed again; --exclude of `index` keeps it out.");
  return {{verb, [arguments, session] { return RunRemove(arguments.get(), session); }}};
}

}  // namespace hashlens
