// Which images a verb is about: --filter, --under and --added-since, with PATH and --id before
// them.
#ifndef HASHLENS_APPS_CLI_FILTER_OPTIONS_H_
#define HASHLENS_APPS_CLI_FILTER_OPTIONS_H_

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "apps/cli/command.h"
#include "hashlens/options.h"
#include "hashlens/status.h"

namespace hashlens {

struct FilterArguments {
  std::vector<std::string> tags;
  std::vector<std::string> under;
  std::optional<std::string> added_since;
};

struct SelectionArguments {
  std::vector<std::filesystem::path> paths;
  std::vector<uint64_t> ids;
  FilterArguments filter;
};

void AddFilterOptions(Command* verb, FilterArguments* arguments);
void AddSelectionOptions(Command* verb, SelectionArguments* arguments);
// kInvalidArgument for a time that makes no sense. Ages are counted back from now.
Result<Filter> ParseFilter(const FilterArguments& arguments);
// kInvalidArgument also when nothing is selected; `verb` is named then.
Result<ImageSelection> ParseSelection(const SelectionArguments& arguments, const std::string& verb);

}  // namespace hashlens

#endif  // HASHLENS_APPS_CLI_FILTER_OPTIONS_H_
