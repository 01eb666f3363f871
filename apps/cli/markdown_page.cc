#include <fmt/core.h>

#include "apps/cli/manual_page.h"
#include "apps/cli/manual_text.h"

namespace hashlens {
namespace {

// Help texts are plain, but for `code`; what Markdown or HTML would take for markup is escaped
// outside of it.
std::string MarkdownEscaped(std::string_view text) {
  std::string escaped;
  bool code = false;
  for (const char letter : text) {
    if (letter == '`') code = !code;
    if (!code && std::string_view("*_<>[]#\\").find(letter) != std::string_view::npos)
      escaped += '\\';
    escaped += letter;
  }
  return escaped;
}

std::string OptionItem(const OptionText& option) {
  std::string names;
  for (const std::string& name : option.names) {
    const bool valued = !option.value.empty() && &name == &option.names.back();
    names += fmt::format("{}`{}{}{}`", names.empty() ? "" : ", ", name, valued ? " " : "",
                         valued ? option.value : "");
  }
  const std::string note = ValueNote(option);
  std::string help = MarkdownEscaped(option.help);
  if (!help.empty() && !help.ends_with('.')) help += '.';
  if (!note.empty()) help += (help.empty() ? "" : " ") + MarkdownEscaped(note);
  return fmt::format("{}\n:   {}\n\n", names, help.empty() ? "\\-" : help);
}

std::string OptionList(const std::string& title, const std::vector<OptionText>& options) {
  if (options.empty()) return "";
  std::string text = fmt::format("## {}\n\n", title);
  for (const OptionText& option : options) text += OptionItem(option);
  return text;
}

std::string ProgramTables() {
  std::string text = "## Exit codes\n\n| code | meaning |\n| --- | --- |\n";
  for (const ExitCodeEntry& entry : kExitCodeTexts)
    text += fmt::format("| {} | {} |\n", static_cast<int>(entry.code), MarkdownEscaped(entry.text));
  text += "\n## Environment\n\n| variable | meaning |\n| --- | --- |\n";
  for (const ManualEntry& entry : kEnvironmentTexts)
    text += fmt::format("| `{}` | {} |\n", entry.name, MarkdownEscaped(entry.text));
  return text;
}

}  // namespace

std::string MarkdownPage(const VerbText& verb) {
  std::string text =
      fmt::format("# hashlens {}\n\n{}.\n\n", verb.path, MarkdownEscaped(verb.summary));
  if (verb.path.empty()) text = fmt::format("# hashlens\n\n{}\n\n", MarkdownEscaped(verb.summary));
  text += fmt::format("```text\nhashlens {}\n```\n\n", Synopsis(verb));
  if (!verb.verbs.empty()) {
    text += "| verb | what it does |\n| --- | --- |\n";
    for (const VerbText& inner : verb.verbs)
      text += fmt::format("| [{}]({}.md) | {} |\n", inner.path, PageName(inner),
                          MarkdownEscaped(inner.summary));
    text += "\n";
  }
  for (const std::string& note : verb.notes) text += MarkdownEscaped(note) + "\n\n";
  if (!verb.examples.empty()) {
    text += "## Examples\n\n```sh\n";
    for (const std::string& example : verb.examples) text += example + "\n";
    text += "```\n\n";
  }
  text += OptionList("Arguments", verb.arguments) + OptionList("Options", verb.options);
  if (verb.path.empty()) text += ProgramTables();
  return text;
}

}  // namespace hashlens
