#include "apps/cli/filter_options.h"

#include <charconv>
#include <chrono>
#include <ctime>

#include "apps/cli/verbs.h"

namespace hashlens {
namespace {

constexpr int64_t kHourMs = 3'600'000;
constexpr int64_t kMostUnits = 1'000'000;  // far beyond any library's age

int64_t NowMs() {
  return std::chrono::duration_cast<std::chrono::milliseconds>(
             std::chrono::system_clock::now().time_since_epoch())
      .count();
}

int64_t UnitMs(char unit) {
  switch (unit) {
    case 'h':
      return kHourMs;
    case 'd':
      return 24 * kHourMs;
    case 'w':
      return 7 * 24 * kHourMs;
    default:
      return 0;
  }
}

// Below 0: `text` is no age.
int64_t AgeMs(const std::string& text) {
  int64_t count = 0;
  const char* const last = text.data() + text.size() - 1;  // the unit
  const auto [end, error] = std::from_chars(text.data(), last, count);
  const int64_t unit = UnitMs(*last);
  const bool good =
      error == std::errc() && end == last && unit > 0 && count >= 0 && count <= kMostUnits;
  return good ? count * unit : -1;
}

// Whether it is a moment of the calendar: mktime takes the 31st of April for the 1st of May.
bool IsReal(const std::tm& given, const std::tm& made) {
  return given.tm_year == made.tm_year && given.tm_mon == made.tm_mon &&
         given.tm_mday == made.tm_mday && given.tm_min == made.tm_min &&
         given.tm_sec == made.tm_sec;
}

}  // namespace

Result<int64_t> ParseTime(const std::string& text, int64_t now_ms) {
  const Status wrong = InvalidArgument(
      "\"" + text + "\" is no time: 2026-11-01, 2026-11-01T12:30, or an age: 36h, 7d, 2w");
  if (text.empty()) return wrong;
  if (const int64_t age = AgeMs(text); age >= 0) return now_ms - age;
  for (const char* format : {"%Y-%m-%d", "%Y-%m-%dT%H:%M", "%Y-%m-%dT%H:%M:%S"}) {
    std::tm given{};
    const char* const end = ::strptime(text.c_str(), format, &given);
    if (end == nullptr || *end != '\0') continue;
    std::tm made = given;
    made.tm_isdst = -1;  // as the time zone has it
    const std::time_t seconds = std::mktime(&made);
    if (!IsReal(given, made)) return wrong;
    return int64_t{seconds} * 1000;
  }
  return wrong;
}

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
