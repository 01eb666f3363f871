#include <fmt/core.h>
#include <fmt/format.h>

#include "apps/cli/completion.h"

namespace hashlens {
namespace {

constexpr char kFishHead[] =
    R"(# Completion of hashlens for fish. Made by `hashlens completion fish`.
# Whether the verb that has been typed so far is this one; none is ''.
function __hashlens_at
    set -l words (commandline -opc)
    set -l verb ''
    for word in $words[2..-1]
        string match -q -- '-*' $word; and continue
        switch (string trim -- "$verb $word")
            case )";
constexpr char kAfterPaths[] = R"(
                set verb (string trim -- "$verb $word")
            case '*'
                break
        end
    end
    test "$verb" = "$argv[1]"
end
complete -c hashlens -f
)";

// fish knows two escapes within single quotes.
std::string Quoted(std::string_view text) {
  std::string quoted = "'";
  for (const char letter : text) {
    if (letter == '\'' || letter == '\\') quoted += '\\';
    quoted += letter;
  }
  return quoted + "'";
}

std::string OptionLine(const OptionText& option, const std::string& when) {
  std::string line = when;
  for (const std::string& name : option.names)
    line += name.starts_with("--") ? " -l " + name.substr(2) : " -s " + name.substr(1);
  if (option.kind == ValueKind::kFile) line += " -r -F";
  if (option.kind == ValueKind::kNumber || option.kind == ValueKind::kText) line += " -x";
  if (option.kind == ValueKind::kChoice)
    line += fmt::format(" -x -a {}", Quoted(fmt::format("{}", fmt::join(option.choices, " "))));
  return line + " -d " + Quoted(option.help) + "\n";
}

}  // namespace

std::string FishCompletion(const VerbText& tree) {
  const std::vector<const VerbText*> verbs = AllVerbs(tree);
  std::string text = kFishHead;
  for (const VerbText* verb : verbs) {
    if (!verb->path.empty()) text += (verb == verbs[1] ? "" : " ") + Quoted(verb->path);
  }
  text += kAfterPaths;
  for (const VerbText* verb : verbs) {
    const std::string when =
        "complete -c hashlens -n " + Quoted("__hashlens_at " + Quoted(verb->path));
    for (const VerbText& inner : verb->verbs)
      text += fmt::format("{} -a {} -d {}\n", when, inner.name(), Quoted(inner.summary));
    for (const OptionText& argument : verb->arguments) {
      if (argument.kind == ValueKind::kFile) text += when + " -F\n";
      if (argument.kind == ValueKind::kChoice)
        text += fmt::format("{} -a {}\n", when,
                            Quoted(fmt::format("{}", fmt::join(argument.choices, " "))));
    }
    for (const OptionText& option : verb->options) text += OptionLine(option, when);
  }
  return text + "complete -c hashlens -s q -l quiet -d 'No progress and no notes, only errors'\n";
}

}  // namespace hashlens
