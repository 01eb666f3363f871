#include <fmt/core.h>
#include <fmt/format.h>

#include <algorithm>

#include "apps/cli/completion.h"

namespace hashlens {
namespace {

// With a backslash before what _arguments and _describe take for their own.
std::string ZshEscaped(std::string_view text, std::string_view special) {
  std::string escaped;
  for (const char letter : text) {
    if (letter == '\\' || special.find(letter) != std::string_view::npos) escaped += '\\';
    escaped += letter;
  }
  return escaped;
}

// ":what it is:what it may be", or nothing for a flag.
std::string Action(const OptionText& option, const std::string& name) {
  if (option.kind == ValueKind::kNone) return "";
  std::string action = " ";
  if (option.kind == ValueKind::kFile) action = "_files";
  if (option.kind == ValueKind::kChoice)
    action = fmt::format("({})", fmt::join(option.choices, " "));
  return fmt::format(":{}:{}", ZshEscaped(name, ":"), action);
}

// One specification of _arguments for each name.
std::string OptionSpecs(const OptionText& option) {
  std::string text;
  for (const std::string& name : option.names) {
    std::string spec = option.repeats ? "*" : fmt::format("({})", fmt::join(option.names, " "));
    spec += name;
    if (option.kind != ValueKind::kNone) spec += name.starts_with("--") ? "=" : "+";
    spec += fmt::format("[{}]", ZshEscaped(option.help, "[]:"));
    text += "    " + ShellQuoted(spec + Action(option, option.value)) + " \\\n";
  }
  return text;
}

std::string ArgumentSpecs(const std::vector<OptionText>& arguments) {
  std::string text;
  int number = 0;
  for (const OptionText& argument : arguments) {
    ++number;
    std::string place = argument.repeats ? "*" : std::to_string(number);
    if (!argument.repeats && !argument.required) place += ":";
    text += "    " + ShellQuoted(place + Action(argument, argument.names.front())) + " \\\n";
  }
  return text;
}

std::string FunctionName(const VerbText& verb) {
  std::string name = verb.path.empty() ? "_hashlens" : "_hashlens " + verb.path;
  std::ranges::replace_if(
      name, [](char letter) { return letter == ' ' || letter == '-'; }, '_');
  return name;
}

// What goes with the verbs of a group: their names, and then each one's own function.
std::string GroupTail(const VerbText& group) {
  std::string verbs;
  std::string cases;
  for (const VerbText& verb : group.verbs) {
    const std::string item = fmt::format("{}:{}", verb.name(), ZshEscaped(verb.summary, ":"));
    verbs += "        " + ShellQuoted(item) + "\n";
    cases += fmt::format("        {}) {} ;;\n", verb.name(), FunctionName(verb));
  }
  return fmt::format(
      "    '1: :->verb' '*:: :->rest' && return\n"
      "  case $state in\n"
      "    verb)\n"
      "      local -a verbs=(\n{}      )\n"
      "      _describe -t verbs verb verbs\n"
      "      ;;\n"
      "    rest)\n"
      "      case $words[1] in\n{}      esac\n"
      "      ;;\n"
      "  esac\n",
      verbs, cases);
}

}  // namespace

std::string ZshCompletion(const VerbText& tree) {
  std::string text =
      "#compdef hashlens\n# Completion of hashlens for zsh. Made by `hashlens completion zsh`.\n";
  for (const VerbText* verb : AllVerbs(tree)) {
    text += fmt::format("\n{}() {{\n", FunctionName(*verb));
    const bool group = !verb->verbs.empty();
    if (group) text += "  local curcontext=\"$curcontext\" state line\n  typeset -A opt_args\n";
    text += group ? "  _arguments -C \\\n" : "  _arguments -s -S \\\n";
    for (const OptionText& option : verb->options) text += OptionSpecs(option);
    if (group) {
      text += GroupTail(*verb);
    } else {
      text += "    '(-q --quiet)'{-q,--quiet}'[No progress and no notes, only errors]' \\\n";
      text += ArgumentSpecs(verb->arguments);
      text.erase(text.size() - 3);  // the last " \"
      text += "\n";
    }
    text += "}\n";
  }
  // As a file of $fpath the whole script is the function's first call; sourced, it registers
  // itself.
  return text +
         "\nif [[ $funcstack[1] == _hashlens ]]; then\n  _hashlens \"$@\"\nelse\n  compdef "
         "_hashlens "
         "hashlens\nfi\n";
}

}  // namespace hashlens
