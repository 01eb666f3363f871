#include <fmt/core.h>

#include <algorithm>
#include <cctype>

#include "apps/cli/manual_page.h"
#include "apps/cli/manual_text.h"

namespace hashlens {
namespace {

// Text that roff prints as it is: hyphens stay ASCII, so that they can be copied, and no line is
// taken for a request. `code` in backticks becomes bold.
std::string Roff(std::string_view text) {
  std::string roff;
  bool bold = false;
  for (const char letter : text) {
    if (letter == '`') {
      bold = !bold;
      roff += bold ? "\\fB" : "\\fR";
    } else if (letter == '\\') {
      roff += "\\e";
    } else if (letter == '-') {
      roff += "\\-";
    } else if (letter == '\'') {
      roff += "\\(aq";
    } else if (letter == '^') {
      roff += "\\(ha";
    } else if (letter == '~') {
      roff += "\\(ti";
    } else {
      if (letter == '.' && roff.empty()) roff += "\\&";
      roff += letter;
    }
  }
  return roff;
}

std::string Upper(std::string text) {
  for (char& letter : text)
    letter = static_cast<char>(std::toupper(static_cast<unsigned char>(letter)));
  return text;
}

std::string OptionHead(const OptionText& option) {
  std::string head;
  for (const std::string& name : option.names)
    head += fmt::format("{}\\fB{}\\fR", head.empty() ? "" : ", ", Roff(name));
  if (!option.value.empty()) head += fmt::format(" \\fI{}\\fR", Roff(option.value));
  return head;
}

std::string Sentence(const std::string& help) {
  return help.empty() || help.ends_with('.') ? help : help + ".";
}

std::string OptionEntry(const OptionText& option) {
  const std::string note = ValueNote(option);
  const std::string help = Sentence(option.help);
  return fmt::format(".TP\n{}\n{}\n", OptionHead(option),
                     Roff(help + (help.empty() || note.empty() ? "" : " ") + note));
}

std::string ManSection(const std::string& title, const std::string& content) {
  return content.empty() ? "" : fmt::format(".SH {}\n{}", title, content);
}

template <typename Entries>
std::string EntryList(const Entries& entries) {
  std::string text;
  for (const auto& entry : entries)
    text += fmt::format(".TP\n\\fB{}\\fR\n{}\n", Roff(entry.name), Roff(entry.text));
  return text;
}

std::string ExitStatus() {
  std::string text;
  for (const ExitCodeEntry& entry : kExitCodeTexts)
    text += fmt::format(".TP\n\\fB{}\\fR\n{}\n", static_cast<int>(entry.code), Roff(entry.text));
  return text;
}

std::string Examples(const VerbText& verb) {
  if (verb.examples.empty()) return "";
  std::string text = ".nf\n";
  for (const std::string& example : verb.examples) text += Roff(example) + "\n";
  return text + ".fi\n";
}

std::string Verbs(const VerbText& verb) {
  std::string text;
  for (const VerbText& inner : verb.verbs) {
    text += fmt::format(".TP\n\\fB{}\\fR\n{}\n", Roff(inner.path), Roff(Sentence(inner.summary)));
  }
  return text;
}

// The page above, those beside a verb's own, and those below.
std::string SeeAlso(const VerbText& verb, const VerbText& tree) {
  std::vector<std::string> pages;
  for (const VerbText* other : AllVerbs(tree)) {
    const bool above = verb.path.starts_with(other->path + " ") || other->path.empty();
    const bool below = std::ranges::any_of(
        verb.verbs, [other](const VerbText& inner) { return inner.path == other->path; });
    if (other->path != verb.path && (above || below)) pages.push_back(PageName(*other));
  }
  std::string text;
  for (const std::string& page : pages)
    text += fmt::format("{}.BR {} (1)", text.empty() ? "" : ",\n", Roff(page));
  return text.empty() ? "" : text + "\n";
}

}  // namespace

std::string PageName(const VerbText& verb) {
  std::string name = verb.path.empty() ? "hashlens" : "hashlens " + verb.path;
  std::ranges::replace(name, ' ', '-');
  return name;
}

std::string ManPage(const VerbText& verb, const VerbText& tree, const std::string& version) {
  const std::string page = PageName(verb);
  std::string description = Roff(Sentence(verb.summary)) + "\n";
  for (const std::string& note : verb.notes) description += ".PP\n" + Roff(note) + "\n";
  std::string options;
  for (const OptionText& option : verb.options) options += OptionEntry(option);
  std::string arguments;
  for (const OptionText& argument : verb.arguments) arguments += OptionEntry(argument);

  std::string text =
      fmt::format(".\\\" Made by `hashlens manual`.\n.TH {} 1 \"\" \"hashlens {}\" \"hashlens\"\n",
                  Roff(Upper(page)), Roff(version));
  text += fmt::format(".SH NAME\n{} \\- {}\n", Roff(page), Roff(verb.summary));
  text += fmt::format(".SH SYNOPSIS\n\\fBhashlens\\fR {}\n", Roff(Synopsis(verb)));
  text += ManSection("DESCRIPTION", description);
  text += ManSection("VERBS", Verbs(verb));
  text += ManSection("ARGUMENTS", arguments);
  text += ManSection("OPTIONS", options);
  text += ManSection("EXIT STATUS", ExitStatus());
  text += ManSection("ENVIRONMENT", EntryList(kEnvironmentTexts));
  if (verb.path.empty()) text += ManSection("FILES", EntryList(kFileTexts));
  text += ManSection("EXAMPLES", Examples(verb));
  return text + ManSection("SEE ALSO", SeeAlso(verb, tree));
}

}  // namespace hashlens
