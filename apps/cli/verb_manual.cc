#include <filesystem>
#include <fstream>

#include "apps/cli/manual_page.h"
#include "apps/cli/verbs.h"
#include "hashlens/library.h"

namespace hashlens {
namespace {

Status WriteManualPage(const std::filesystem::path& file, const std::string& text) {
  std::ofstream stream(file, std::ios::binary | std::ios::trunc);
  stream << text;
  stream.close();
  if (stream) return {};
  return IoError(PrintablePath(file) + ": could not be written; is there room, and may you write?");
}

// One file for each verb, in the place of what has its name.
Status WriteManual(const VerbText& tree, const std::string& form,
                   const std::filesystem::path& folder) {
  std::error_code error;
  std::filesystem::create_directories(folder, error);
  if (error) return IoError(PrintablePath(folder) + ": cannot be made: " + error.message());
  for (const VerbText* verb : AllVerbs(tree)) {
    const bool man = form == "man";
    const std::string text = man ? ManPage(*verb, tree, HASHLENS_VERSION) : MarkdownPage(*verb);
    const Status status = WriteManualPage(folder / (PageName(*verb) + (man ? ".1" : ".md")), text);
    if (!status.ok()) return status;
  }
  return {};
}

}  // namespace

std::vector<Verb> ManualVerb(Command* parent, Session* session) {
  Command* verb = parent->AddVerb("manual", "Write the manual as a file for each verb");
  verb->Hide();  // for those who package hashlens: not in --help and not in the manual
  auto form = std::make_shared<std::string>();
  auto folder = std::make_shared<std::string>();
  verb->AddOption("FORM", form.get(), "man or markdown")
      ->Required()
      ->Check(OneOf({"man", "markdown"}));
  verb->AddOption("FOLDER", folder.get(), "Where to; what has the names is replaced")->Required();
  verb->Footer("Example:\n  hashlens manual man build/man1");
  return {{verb, [parent, form, folder, session]() -> ExitCode {
             const Status status = WriteManual(DescribeVerbs(*parent), *form, *folder);
             return status.ok() ? kExitDone : session->Fail(status);
           }}};
}

}  // namespace hashlens
