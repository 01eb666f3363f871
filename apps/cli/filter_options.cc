#include "apps/cli/filter_options.h"

#include <chrono>

#include "apps/cli/verbs.h"
#include "apps/server/time_text.h"

namespace hashlens {
namespace {

int64_t NowMs() {
  return std::chrono::duration_cast<std::chrono::milliseconds>(
             std::chrono::system_clock::now().time_since_epoch())
      .count();
}

}  // namespace

void AddFilterOptions(Command* verb, FilterArguments* arguments) {
  AddTagOption(verb, "--filter", "Only images with this tag; several must all match",
               &arguments->tags);
  verb->AddOption("--under", &arguments->under,
                  "Only images below this folder, or this very file; of several, any")
      ->ValueName("PATH")
      ->Repeatable();
  verb->AddOption("--added-since", &arguments->added_since,
                  "Only images that were added or changed in the library since then: 2026-11-01, "
                  "2026-11-01T12:30 (local time), or an age: 36h, 7d, 2w")
      ->ValueName("TIME");
}

Result<Filter> ParseFilter(const FilterArguments& arguments) {
  Filter filter;
  filter.tags = ParseTags(arguments.tags);
  filter.under.assign(arguments.under.begin(), arguments.under.end());
  if (arguments.added_since) {
    const Result<int64_t> since = ParseTime(*arguments.added_since, NowMs());
    if (!since.ok()) return since.status();
    filter.added_since = *since;
  }
  return filter;
}

void AddSelectionOptions(Command* verb, SelectionArguments* arguments) {
  verb->AddOption("PATH", &arguments->paths, "Picture files, or folders with all below them");
  verb->AddOption("--id", &arguments->ids, "An image by its id; may be repeated")
      ->Repeatable()
      ->Check(AtLeastOne());
  AddFilterOptions(verb, &arguments->filter);
}

Result<ImageSelection> ParseSelection(const SelectionArguments& arguments,
                                      const std::string& verb) {
  Result<Filter> filter = ParseFilter(arguments.filter);
  if (!filter.ok()) return filter.status();
  if (arguments.ids.empty() && arguments.paths.empty() && filter->empty())
    return InvalidArgument(verb + " needs a PATH, --id or a filter; nothing was changed");
  return ImageSelection{arguments.ids, arguments.paths, std::move(*filter)};
}

}  // namespace hashlens
