#include "apps/cli/manual_text.h"

#include <fmt/core.h>
#include <fmt/format.h>

#include <algorithm>

namespace hashlens {

std::string Synopsis(const VerbText& verb) {
  std::string text = verb.path + (verb.path.empty() ? "[OPTIONS]" : " [OPTIONS]");
  for (const OptionText& option : verb.options) {
    if (option.required) text += fmt::format(" {} {}", option.names.back(), option.value);
  }
  for (const OptionText& argument : verb.arguments) {
    const std::string word = argument.names.front() + (argument.repeats ? "..." : "");
    text += argument.required ? " " + word : " [" + word + "]";
  }
  if (!verb.verbs.empty()) text += " VERB ...";
  return text;
}

std::string ValueNote(const OptionText& option) {
  std::string note;
  const auto add = [&note](const std::string& sentence) {
    note += (note.empty() ? "" : " ") + sentence + ".";
  };
  if (option.required && option.names.front().starts_with('-')) add("Required");
  // Most help texts name the choices themselves.
  const bool told = std::ranges::all_of(option.choices, [&option](const std::string& choice) {
    return option.help.find(choice) != std::string::npos;
  });
  if (option.kind == ValueKind::kChoice && !told)
    add(fmt::format("One of {}", fmt::join(option.choices, ", ")));
  if (!option.range.empty()) add("Range: " + option.range);
  if (!option.usual.empty()) add("Default: " + option.usual);
  return note;
}

}  // namespace hashlens
