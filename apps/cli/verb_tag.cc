#include <fmt/core.h>

#include <nlohmann/json.hpp>

#include "apps/cli/filter_options.h"
#include "apps/cli/verbs.h"
#include "hashlens/library.h"

namespace hashlens {
namespace {

struct TagArguments {
  std::string library;
  SelectionArguments images;
  std::vector<std::string> add;
  std::vector<std::string> remove;  // KEY=VALUE or KEY
  bool json = false;
};

TagChange ParseChange(const TagArguments& arguments) {
  TagChange change;
  change.add = ParseTags(arguments.add);
  std::vector<std::string> tags;
  for (const std::string& text : arguments.remove)
    (text.find('=') == text.npos ? change.remove_keys : tags).push_back(text);
  change.remove = ParseTags(tags);
  return change;
}

ExitCode RunTag(const TagArguments& arguments, Session* session) {
  const auto images = ParseSelection(arguments.images, "tag");
  if (!images.ok()) return session->Fail(images.status());
  if (arguments.add.empty() && arguments.remove.empty())
    return session->Fail(InvalidArgument("tag needs --add or --remove; nothing was changed"));
  auto writer = LibraryWriter::Open(arguments.library, session->open);
  if (!writer.ok()) return session->Fail(writer.status());
  const auto changed = writer->ChangeTags(*images, ParseChange(arguments));
  if (!changed.ok()) return session->Fail(changed.status());
  session->Note(fmt::format("{} images have other tags than before", *changed));
  if (arguments.json) session->PrintJson({{"version", 1}, {"changed", *changed}});
  return kExitDone;
}

}  // namespace

std::vector<Verb> TagVerb(Command* parent, Session* session) {
  Command* verb = parent->AddVerb("tag", "Give images of a library tags, or take them");
  auto arguments = std::make_shared<TagArguments>();
  AddLibraryArgument(verb, &arguments->library);
  AddSelectionOptions(verb, &arguments->images);
  AddTagOption(verb, "--add", "A tag to give; may be repeated", &arguments->add);
  verb->AddOption("--remove", &arguments->remove,
                  "A tag KEY=VALUE to take, or all tags of a KEY; before --add; may be repeated")
      ->ValueName("KEY[=VALUE]")
      ->Repeatable();
  verb->AddFlag("--json", &arguments->json, "The count as JSON on stdout");
  verb->Footer(
      "Examples:\n"
      "  hashlens tag photos ~/Pictures/rome --add trip=Rome\n"
      "  hashlens tag photos --id 7 --id 12 --remove draft\n"
      "  hashlens tag photos --filter owner=me --remove owner --add owner=us\n"
      "--filter, --under and --added-since narrow PATH and --id down, or stand alone.");
  return {{verb, [arguments, session] { return RunTag(*arguments, session); }}};
}

}  // namespace hashlens
