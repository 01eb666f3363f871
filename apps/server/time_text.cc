#include "apps/server/time_text.h"

#include <charconv>
#include <ctime>

namespace hashlens {
namespace {

constexpr int64_t kHourMs = 3'600'000;
constexpr int64_t kMostUnits = 1'000'000;  // far beyond any library's age

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
    if (end != text.c_str() + text.size()) continue;
    std::tm made = given;
    made.tm_isdst = -1;  // as the time zone has it
    const std::time_t seconds = std::mktime(&made);
    if (!IsReal(given, made)) return wrong;
    return int64_t{seconds} * 1000;
  }
  return wrong;
}

}  // namespace hashlens
