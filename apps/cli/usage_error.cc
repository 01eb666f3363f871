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

std::vector<const CLI::App*> VerbsOf(const CLI::App& app) {
  return app.get_subcommands([](const CLI::App*) { return true; });
}

const CLI::App* FindVerb(const CLI::App& app, const std::string& name) {
  const std::vector<const CLI::App*> verbs = VerbsOf(app);
  const auto found = std::ranges::find(verbs, name, &CLI::App::get_name);
  return found == verbs.end() ? nullptr : *found;
}

std::string Nearest(const std::string& word, const CLI::App& app) {
  const size_t most = 1 + word.size() / 4;
  std::string nearest;
  size_t fewest = most + 1;
  for (const CLI::App* verb : VerbsOf(app)) {
    const size_t edits = Edits(word, verb->get_name());
    if (edits >= fewest) continue;
    fewest = edits;
    nearest = verb->get_name();
  }
  return nearest;
}

}  // namespace

std::optional<std::string> UnknownVerb(const CLI::App& app, int argc, const char* const* argv) {
  const CLI::App* group = &app;
  std::string outer;
  for (int i = 1; i < argc && group->get_require_subcommand_min() > 0; ++i) {
    const std::string word = argv[i];
    if (word.starts_with('-')) continue;  // what comes before a verb are flags without a value
    if (const CLI::App* verb = FindVerb(*group, word)) {
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

std::string UsageError(const CLI::App& app, const CLI::Error& error) {
  std::string verb;  // the innermost that was given
  for (const CLI::App* at = &app; !at->get_subcommands().empty();) {
    at = at->get_subcommands().front();
    verb += at->get_name() + " ";
  }
  return "hashlens: " + PrintablePath(error.what()) + "; `hashlens " + verb +
         "--help` tells more\n";
}

}  // namespace hashlens
