// --filter, --under and --added-since: which images a verb is about.
#ifndef HASHLENS_APPS_CLI_FILTER_OPTIONS_H_
#define HASHLENS_APPS_CLI_FILTER_OPTIONS_H_

#include <CLI/CLI.hpp>
#include <optional>
#include <string>
#include <vector>

#include "hashlens/options.h"
#include "hashlens/status.h"

namespace hashlens {

struct FilterArguments {
  std::vector<std::string> tags;
  std::vector<std::string> under;
  std::optional<std::string> added_since;
};

void AddFilterOptions(CLI::App* verb, FilterArguments* arguments);
// kInvalidArgument for a time that makes no sense. Ages are counted back from now.
Result<Filter> ParseFilter(const FilterArguments& arguments);

// "2026-11-01", "2026-11-01T12:30" or "2026-11-01T12:30:59", in local time, or an age "7d", "36h",
// "2w" before now_ms: in milliseconds since 1970.
Result<int64_t> ParseTime(const std::string& text, int64_t now_ms);

}  // namespace hashlens

#endif  // HASHLENS_APPS_CLI_FILTER_OPTIONS_H_
