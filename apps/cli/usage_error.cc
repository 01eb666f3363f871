#include "apps/cli/usage_error.h"

#include <algorithm>

#include "hashlens/library.h"

namespace hashlens {
namespace {

// Edits (a letter more, less, another, or two swapped) that make one word of the other: optimal
// string alignment.
size_t Edits(const std::string& a, const std::string& b) {
  std::vector<std::vector<size_t>> edits(a.size() + 1, std::vector<size_t>(b.size() + 1));
  for (size_t i = 0; i <= a.size(); ++i) {
    for (size_t j = 0; j <= b.size(); ++j) {
      if (i == 0 || j == 0) {
        edits[i][j] = i + j;
        continue;
      }
      edits[i][j] = std::min({edits[i - 1][j] + 1, edits[i][j - 1] + 1,
                              edits[i - 1][j - 1] + (a[i - 1] == b[j - 1] ? 0 : 1)});
      if (i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1])
        edits[i][j] = std::min(edits[i][j], edits[i - 2][j - 2] + 1);
    }
  }
  return edits[a.size()][b.size()];
}

// The one of the names that the word looks most like; empty when it looks like none.
std::string Nearest(const std::string& word, const std::vector<std::string>& names) {
  constexpr size_t kLongestWord = 40;
  if (word.size() > kLongestWord) return "";
  std::string nearest;
  size_t fewest = 2 + word.size() / 4;
  for (const std::string& name : names) {
    const size_t edits = Edits(word, name);
    if (edits >= fewest) continue;
    fewest = edits;
    nearest = name;
  }
  return nearest;
}

std::vector<std::string> VerbNames(const Command& group) {
  std::vector<std::string> names;
  for (const auto& verb : group.verbs()) {
    if (!verb->hidden()) names.push_back(verb->name());
  }
  return names;
}

std::vector<std::string> OptionNames(const Command& command) {
  std::vector<std::string> names;
  for (const auto& option : command.options()) {
    const OptionDescription description = option->Describe();
    if (description.positional) continue;
    names.insert(names.end(), description.names.begin(), description.names.end());
  }
  return names;
}

// The name that begins with the word, where that is one alone.
std::string OnlyLonger(const std::string& word, const std::vector<std::string>& names) {
  constexpr size_t kShortestStart = 5;  // "--", and three letters
  if (word.size() < kShortestStart) return "";
  const auto longer = [&word](const std::string& name) { return name.starts_with(word); };
  if (std::ranges::count_if(names, longer) != 1) return "";
  return *std::ranges::find_if(names, longer);
}

// A walk along the words of a command line, verb by verb.
struct Place {
  const Command* command;  // the innermost verb or group so far
  std::string path;        // "model fit ", with a blank at the end; empty of the program
};

// "; did you mean 'NAME'?" or "; `hashlens PATH--help` lists them".
std::string Advice(const std::string& nearest, const Place& place) {
  return nearest.empty() ? "; `hashlens " + place.path + "--help` lists them"
                         : "; did you mean '" + nearest + "'?";
}

Status NoVerb(const std::string& word, const Place& place) {
  const std::string nearest = Nearest(word, VerbNames(*place.command));
  return InvalidArgument("no verb '" + PrintablePath(place.path + word) + "'" +
                         Advice(nearest.empty() ? "" : place.path + nearest, place));
}

Status NoOption(const std::string& name, const Place& place, const Command& program) {
  std::vector<std::string> names = OptionNames(*place.command);
  if (place.command != &program) {
    for (std::string& other : OptionNames(program)) names.push_back(std::move(other));
  }
  std::string nearest = name.starts_with("--") ? Nearest(name, names) : "";
  if (nearest.empty()) nearest = OnlyLonger(name, names);
  const std::string of =
      place.path.empty() ? "" : " of " + place.path.substr(0, place.path.size() - 1);
  return InvalidArgument("no option '" + PrintablePath(name) + "'" + of + Advice(nearest, place));
}

// How an option stands in a word that starts with a dash.
struct DashedWord {
  std::string unknown;      // the first name in it that is of no option; empty: none
  bool takes_next = false;  // the word that follows is the last option's value
};

DashedWord ReadDashed(const std::string& word, const Command& command, const Command& program) {
  const auto find = [&](const std::string& name) {
    const Option* const option = command.FindOption(name);
    return option != nullptr ? option : program.FindOption(name);
  };
  if (word.starts_with("--")) {
    const size_t equals = word.find('=');
    const std::string name = word.substr(0, equals);
    const Option* const option = find(name);
    if (option == nullptr) return {name, false};
    return {"", equals == word.npos && !option->Describe().flag};
  }
  for (size_t i = 1; i < word.size(); ++i) {  // -qk5 is -q -k 5
    const std::string name = {'-', word[i]};
    const Option* const option = find(name);
    if (option == nullptr) return {name, false};
    if (!option->Describe().flag) return {"", i + 1 == word.size()};
  }
  return {};
}

// The first verb among the words from `start` on that has an option of this name.
std::string VerbWithOption(const Command& group, const std::vector<std::string>& words,
                           size_t start, const std::string& name) {
  for (size_t i = start; i < words.size(); ++i) {
    const Command* const verb = FindVerb(group, words[i]);
    if (verb != nullptr && verb->FindOption(name) != nullptr) return words[i];
  }
  return "";
}

// The first word that is neither a verb nor an option where it stands.
std::optional<Status> UnknownWord(const Command& program, const std::vector<std::string>& words) {
  Place place{&program, ""};
  for (size_t i = 0; i < words.size() && words[i] != "--"; ++i) {
    const std::string& word = words[i];
    if (word.size() > 1 && word.starts_with('-')) {
      const DashedWord dashed = ReadDashed(word, *place.command, program);
      if (dashed.takes_next) ++i;
      if (dashed.unknown.empty()) continue;
      const std::string verb = VerbWithOption(*place.command, words, i + 1, dashed.unknown);
      if (!verb.empty()) {
        return InvalidArgument("option '" + dashed.unknown +
                               "' belongs after the verb: `hashlens " + place.path + verb + " " +
                               dashed.unknown + "`");
      }
      return NoOption(dashed.unknown, place, program);
    }
    if (!place.command->requires_verb()) continue;
    const Command* const verb = FindVerb(*place.command, word);
    if (verb == nullptr) return NoVerb(word, place);
    place = {verb, place.path + word + " "};
  }
  return std::nullopt;
}

// Of a group of verbs of which none was given.
std::optional<Status> MissingVerb(const Command& program) {
  Place place{&program, ""};
  for (const Command* at = program.given_verb(); at != nullptr; at = at->given_verb())
    place = {at, place.path + at->name() + " "};
  if (!place.command->requires_verb()) return std::nullopt;
  std::string names;
  for (const std::string& name : VerbNames(*place.command))
    names += (names.empty() ? "" : ", ") + name;
  return InvalidArgument(
      (place.path.empty() ? "a verb is missing: " : place.path + "needs a verb: ") + names +
      "; `hashlens " + place.path + "--help` tells more");
}

constexpr char kStart[] =
    "hashlens finds pictures by picture. To start:\n"
    "  hashlens index photos ~/Pictures      make photos.hashlens of a folder of pictures\n"
    "  hashlens search photos holiday.jpg    show the ten most similar pictures\n"
    "`hashlens help` lists all verbs, `hashlens help VERB` explains one.\n";

}  // namespace

const Command* FindVerb(const Command& group, const std::string& name) {
  const auto found = std::ranges::find(group.verbs(), name, &Command::name);
  return found == group.verbs().end() ? nullptr : found->get();
}

std::optional<Status> UnknownVerb(const Command& program, const std::vector<std::string>& words) {
  Place place{&program, ""};
  for (const std::string& word : words) {
    if (!place.command->requires_verb()) break;
    if (word.starts_with('-')) continue;  // what comes before a verb are flags without a value
    const Command* const verb = FindVerb(*place.command, word);
    if (verb == nullptr) return NoVerb(word, place);
    place = {verb, place.path + word + " "};
  }
  return std::nullopt;
}

std::string UsageError(const Command& program, const std::vector<std::string>& words,
                       const std::string& problem) {
  if (words.empty()) return kStart;
  std::optional<Status> status = UnknownWord(program, words);
  if (!status) status = MissingVerb(program);
  if (status) return "hashlens: " + status->message() + "\n";
  std::string verb;  // the innermost that was given
  for (const Command* at = program.given_verb(); at != nullptr; at = at->given_verb())
    verb += at->name() + " ";
  return "hashlens: " + PrintablePath(problem) + "; `hashlens " + verb + "--help` tells more\n";
}

}  // namespace hashlens
