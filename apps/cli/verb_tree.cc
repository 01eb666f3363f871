#include "apps/cli/verb_tree.h"

#include <algorithm>
#include <cctype>
#include <sstream>

namespace hashlens {
namespace {

std::vector<std::string> Split(const std::string& text, char separator) {
  std::vector<std::string> parts;
  std::istringstream stream(text);
  for (std::string part; std::getline(stream, part, separator);) parts.push_back(part);
  return parts;
}

// "--max-pixels" -> "PIXELS": how the value of an option that has no better word is named.
std::string ValueName(const OptionText& option) {
  const std::string& name = option.names.back();
  std::string word = name.substr(name.find_last_of('-') + 1);
  for (char& letter : word)
    letter = static_cast<char>(std::toupper(static_cast<unsigned char>(letter)));
  return word;
}

// Fills value, kind, choices and range from the parser's "TYPE:CHECK", such as "UINT:INT in [1 -
// 9]", "TEXT:{a,b}" and "FILE".
void DescribeValue(const std::string& type_name, OptionText* option) {
  const size_t colon = type_name.find(':');
  const std::string type = type_name.substr(0, colon);
  const std::string check = colon == std::string::npos ? "" : type_name.substr(colon + 1);
  const bool number = type == "INT" || type == "UINT" || type == "FLOAT";
  if (check.starts_with('{') && check.ends_with('}')) {
    option->kind = ValueKind::kChoice;
    option->choices = Split(check.substr(1, check.size() - 2), ',');
    option->value = ValueName(*option);
    return;
  }
  if (number) {
    option->kind = ValueKind::kNumber;
    option->value = type == "FLOAT" ? "X" : "N";
    const size_t open = check.find("in [");
    const size_t dash = check.find(" - ", open);
    if (open != std::string::npos && dash != std::string::npos && check.ends_with(']')) {
      option->range = check.substr(open + 4, dash - open - 4);
      option->range += " to " + check.substr(dash + 3, check.size() - dash - 4);
    } else if (check == "1 OR MORE") {
      option->range = "1 or more";
    }
    return;
  }
  for (const std::string_view file : {"FILE", "FOLDER", "PATH", "MODEL", "DATA", "OUTPUT"}) {
    if (type != file && check != file) continue;
    option->kind = ValueKind::kFile;
    option->value = file;
    return;
  }
  option->kind = ValueKind::kText;
  option->value = !check.empty() ? check : type != "TEXT" ? type : ValueName(*option);
}

OptionText TextOf(const OptionDescription& option) {
  OptionText text;
  text.names = option.names;
  text.help = option.help;
  text.required = option.required;
  text.repeats = option.repeats;
  if (option.positional) {
    DescribeValue(option.type, &text);
    text.value.clear();
    // Arguments are names of files, unless there is a choice.
    if (text.kind == ValueKind::kText) text.kind = ValueKind::kFile;
    return text;
  }
  if (option.flag) return text;
  DescribeValue(option.type, &text);
  text.usual = option.default_value;
  if (text.usual.starts_with('[') && text.usual.ends_with(']'))
    text.usual = text.usual.substr(1, text.usual.size() - 2);
  return text;
}

VerbText TextOf(const Command& command, const std::string& path) {
  VerbText verb;
  verb.path = path;
  verb.summary = command.summary();
  SplitFooter(command.footer(), &verb);
  for (const auto& option : command.options()) {
    const OptionDescription description = option->Describe();
    (description.positional ? verb.arguments : verb.options).push_back(TextOf(description));
  }
  for (const auto& inner : command.verbs()) {
    if (inner->hidden()) continue;
    verb.verbs.push_back(TextOf(*inner, path + (path.empty() ? "" : " ") + inner->name()));
  }
  return verb;
}

void Collect(const VerbText& verb, std::vector<const VerbText*>* all) {
  all->push_back(&verb);
  for (const VerbText& inner : verb.verbs) Collect(inner, all);
}

}  // namespace

std::string_view VerbText::name() const {
  const size_t blank = path.find_last_of(' ');
  return blank == std::string::npos ? path : std::string_view(path).substr(blank + 1);
}

VerbText DescribeVerbs(const Command& program) { return TextOf(program, ""); }

std::vector<const VerbText*> AllVerbs(const VerbText& tree) {
  std::vector<const VerbText*> all;
  Collect(tree, &all);
  return all;
}

void SplitFooter(const std::string& footer, VerbText* verb) {
  bool goes_on = false;  // the last note ends within a sentence
  for (const std::string& line : Split(footer, '\n')) {
    if (line.empty() || line == "Example:" || line == "Examples:") {
      goes_on = false;
    } else if (line.starts_with("  ")) {
      verb->examples.push_back(line.substr(2));
      goes_on = false;
    } else if (goes_on) {
      verb->notes.back() += " " + line;
      goes_on = !line.ends_with('.');
    } else {
      verb->notes.push_back(line);
      goes_on = !line.ends_with('.');
    }
  }
}

}  // namespace hashlens
