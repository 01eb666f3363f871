#include "apps/cli/usage_error.h"

#include <algorithm>
#include <vector>

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

const Command* FindVerb(const Command& group, const std::string& name) {
  const auto found = std::ranges::find(group.verbs(), name, &Command::name);
  return found == group.verbs().end() ? nullptr : found->get();
}

std::string Nearest(const std::string& word, const Command& group) {
  const size_t most = 1 + word.size() / 4;
  std::string nearest;
  size_t fewest = most + 1;
  for (const auto& verb : group.verbs()) {
    const size_t edits = Edits(word, verb->name());
    if (edits >= fewest) continue;
    fewest = edits;
    nearest = verb->name();
  }
  return nearest;
}

}  // namespace

std::optional<std::string> UnknownVerb(const Command& program, int argc, const char* const* argv) {
  const Command* group = &program;
  std::string outer;
  for (int i = 1; i < argc && group->requires_verb(); ++i) {
    const std::string word = argv[i];
    if (word.starts_with('-')) continue;  // what comes before a verb are flags without a value
    if (const Command* verb = FindVerb(*group, word)) {
      outer += word + " ";
      group = verb;
      continue;
    }
    constexpr size_t kLongestWord = 40;
    const std::string nearest = word.size() > kLongestWord ? "" : Nearest(word, *group);
    return "hashlens: no verb '" + PrintablePath(outer + word) + "'; " +
           (nearest.empty() ? "`hashlens " + outer + "--help` lists them\n"
                            : "did you mean '" + outer + nearest + "'?\n");
  }
  return std::nullopt;
}

std::string UsageError(const Command& program, const std::string& problem) {
  std::string verb;  // the innermost that was given
  for (const Command* at = program.given_verb(); at != nullptr; at = at->given_verb())
    verb += at->name() + " ";
  return "hashlens: " + PrintablePath(problem) + "; `hashlens " + verb + "--help` tells more\n";
}

}  // namespace hashlens
