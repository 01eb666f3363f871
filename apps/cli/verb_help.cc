#include "apps/cli/usage_error.h"
#include "apps/cli/verbs.h"

namespace hashlens {
namespace {

// Of the verb that the words name; words after a verb that has no verbs of its own are passed over.
ExitCode RunHelp(const Command& program, const std::vector<std::string>& words, Session* session) {
  if (const auto unknown = UnknownVerb(program, words)) return session->Fail(*unknown);
  const Command* command = &program;
  std::string path = program.name();
  for (const std::string& word : words) {
    const Command* const verb = FindVerb(*command, word);
    if (verb == nullptr) break;
    command = verb;
    path += " " + word;
  }
  session->Print(command->Help(path));
  return kExitDone;
}

}  // namespace

std::vector<Verb> HelpVerbs(Command* parent, Session* session) {
  Command* help = parent->AddVerb("help", "Show what a verb does, as its --help does");
  Command* version = parent->AddVerb("version", "Print the version of hashlens");
  std::string names;  // for completions
  for (const auto& verb : parent->verbs()) {
    if (!verb->hidden()) names += (names.empty() ? "" : ",") + verb->name();
  }
  auto words = std::make_shared<std::vector<std::string>>();
  help->AddOption("VERB", words.get(), "The verb, such as `search` or `model fit`; none: all verbs")
      ->Check({"{" + names + "}", [](const std::string&) { return std::string(); }});
  help->Footer("Examples:\n  hashlens help\n  hashlens help search\n  hashlens help model fit");
  version->Footer("Example:\n  hashlens version");
  return {{help, [parent, words, session] { return RunHelp(*parent, *words, session); }},
          {version, [session] {
             session->Print(HASHLENS_VERSION "\n");
             return kExitDone;
           }}};
}

}  // namespace hashlens
