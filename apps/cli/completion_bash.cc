#include <fmt/core.h>
#include <fmt/format.h>

#include "apps/cli/completion.h"

namespace hashlens {
namespace {

// bash splits words at "=" too, so that --html=a.html is three of them. Nothing is given for a
// file: bash then completes it itself, with all its quoting (-o default).
constexpr char kBashHead[] =
    R"(# Completion of hashlens for bash. Made by `hashlens completion bash`.
_hashlens() {
  local cur=${COMP_WORDS[COMP_CWORD]} prev= verb= word= i
  COMPREPLY=()
  if ((COMP_CWORD > 0)); then prev=${COMP_WORDS[COMP_CWORD - 1]}; fi
  if [[ $cur == '=' ]]; then
    cur=
  elif [[ $prev == '=' ]] && ((COMP_CWORD > 1)); then
    prev=${COMP_WORDS[COMP_CWORD - 2]}
  fi
  for ((i = 1; i < COMP_CWORD; ++i)); do
    word=${COMP_WORDS[i]}
    if [[ $word == -* ]]; then continue; fi
    case "${verb:+$verb }$word" in
)";
constexpr char kBashTail[] = R"(  esac
}
# Words that fit, and no files.
_hashlens_words() {
  compopt +o default 2>/dev/null || true
  mapfile -t COMPREPLY < <(compgen -W "$1" -- "$cur")
}
complete -o default -F _hashlens hashlens
)";

std::string Names(const std::vector<OptionText>& options) {
  std::string names;
  for (const OptionText& option : options) {
    for (const std::string& name : option.names) names += (names.empty() ? "" : " ") + name;
  }
  return names;
}

// What belongs after an option that takes a value.
std::string ValueCases(const VerbText& verb) {
  std::string text;
  for (const OptionText& option : verb.options) {
    if (option.kind == ValueKind::kNone) continue;
    std::string action = "_hashlens_words ''; return";
    if (option.kind == ValueKind::kFile) action = "return";
    if (option.kind == ValueKind::kChoice)
      action = fmt::format("_hashlens_words '{}'; return", fmt::join(option.choices, " "));
    text += fmt::format("        {}) {} ;;\n", fmt::join(option.names, " | "), action);
  }
  return text;
}

// What belongs where no option's value is due.
std::string Words(const VerbText& verb, const VerbText& program) {
  std::string names;
  for (const VerbText& inner : verb.verbs) names += std::string(inner.name()) + " ";
  for (const OptionText& argument : verb.arguments)
    names +=
        fmt::format("{}{}", fmt::join(argument.choices, " "), argument.choices.empty() ? "" : " ");
  std::string options = Names(verb.options);
  // What belongs to the whole program may stand after a verb.
  for (const OptionText& option : program.options) {
    for (const std::string& name : option.names) {
      if (name == "-q" || name == "--quiet") options += " " + name;
    }
  }
  const bool files = !verb.arguments.empty() && names.empty();
  std::string text = fmt::format("      if [[ $cur == -* ]]; then _hashlens_words '{}'", options);
  if (!files) text += fmt::format("; else _hashlens_words '{}'", names.empty() ? options : names);
  return text + "; fi\n";
}

}  // namespace

std::string ShellQuoted(std::string_view text) {
  std::string quoted = "'";
  for (const char letter : text) quoted += letter == '\'' ? "'\\''" : std::string(1, letter);
  return quoted + "'";
}

std::string BashCompletion(const VerbText& tree) {
  std::string text = kBashHead;
  const std::vector<const VerbText*> verbs = AllVerbs(tree);
  std::vector<std::string> paths;
  for (const VerbText* verb : verbs) {
    if (!verb->path.empty()) paths.push_back(ShellQuoted(verb->path));
  }
  text += fmt::format("      {}) verb=${{verb:+$verb }}$word ;;\n", fmt::join(paths, " | "));
  text += "      *) break ;;\n    esac\n  done\n  case $verb in\n";
  for (const VerbText* verb : verbs) {
    text += fmt::format("    {})\n", ShellQuoted(verb->path));
    const std::string values = ValueCases(*verb);
    if (!values.empty()) text += "      case $prev in\n" + values + "      esac\n";
    text += Words(*verb, verb->path.empty() ? VerbText() : tree) + "      ;;\n";
  }
  return text + kBashTail;
}

}  // namespace hashlens
