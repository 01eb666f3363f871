#include <algorithm>
#include <charconv>
#include <cmath>

#include "apps/cli/verbs.h"
#include "hashlens/library.h"

namespace hashlens {
namespace {

// Whether all of the text is a number that fits.
template <typename Number>
bool Reads(std::string_view text, Number* number) {
  const char* const end = text.data() + text.size();
  const auto [rest, error] = std::from_chars(text.data(), end, *number);
  return error == std::errc() && rest == end;
}

// Of "12,48"; none when any is no number.
std::vector<int> NumbersIn(const std::string& text) {
  std::vector<int> numbers;
  for (size_t start = 0; start <= text.size();) {
    const size_t end = std::min(text.find(',', start), text.size());
    int number = 0;
    if (!Reads(std::string_view(text).substr(start, end - start), &number)) return {};
    numbers.push_back(number);
    start = end + 1;
  }
  return numbers;
}

}  // namespace

ValueCheck AtLeastOne() {
  return {"1 OR MORE", [](const std::string& text) {
            uint64_t number = 0;
            const bool good = Reads(text, &number) && number > 0;
            return good ? std::string() : "\"" + text + "\" is not a number of 1 or more";
          }};
}

ValueCheck WholeNumber() {
  return {"NUMBER", [](const std::string& text) {
            uint64_t number = 0;
            return Reads(text, &number) ? std::string() : "\"" + text + "\" is not a whole number";
          }};
}

ValueCheck FiniteNumber() {
  return {"NUMBER", [](const std::string& text) {
            double number = 0;
            return Reads(text, &number) && std::isfinite(number)
                       ? std::string()
                       : "\"" + text + "\" is not a number";
          }};
}

Option* AddNumbersOption(Command* verb, const std::string& name, std::vector<int>* numbers,
                         const std::string& help) {
  std::string usual;
  for (const int number : *numbers) usual += (usual.empty() ? "" : ",") + std::to_string(number);
  const auto check = [](const std::string& text) {
    return NumbersIn(text).empty() ? "\"" + text + "\" is not a number, or several with commas"
                                   : std::string();
  };
  Option* option = verb->AddOption(
      name, [numbers](const std::string& text) { *numbers = NumbersIn(text); }, help);
  if (!usual.empty()) option->ShowDefault(usual);
  return option->Check({"NUMBER,...", check});
}

void AddLibraryArgument(Command* verb, std::string* library) {
  verb->AddOption("LIB", library,
                  "The library: a folder NAME.hashlens (the ending may be left out)")
      ->Required();
}

void AddDeviceOptions(Command* verb, Session* session) {
  verb->AddOption("--device", &session->open.device.name,
                  "Where the network runs: CPU, GPU, AUTO, as OpenVINO names it")
      ->ShowDefault();
  verb->AddOption("--precision", &session->open.device.precision,
                  "Of the network: auto, fp32, bf16")
      ->ShowDefault()
      ->Check(OneOf({"auto", "fp32", "bf16"}));
  verb->AddOption("-j,--jobs", &session->open.jobs, "Threads; 0: one a core")
      ->ShowDefault()
      ->Check(InRange(0, 256));
}

void AddLimitOptions(Command* verb, Session* session) {
  Limits& limits = session->open.limits;
  verb->AddOption("--max-pixels", &limits.max_pixels, "A picture with more pixels fails")
      ->ShowDefault()
      ->Check(WholeNumber());
  verb->AddOption("--max-bytes", &limits.max_bytes, "A picture file with more bytes fails")
      ->ShowDefault()
      ->Check(WholeNumber());
  verb->AddOption("--timeout-ms", &limits.timeout_ms,
                  "A picture that takes more processor time to decode fails; all but JPEG")
      ->ShowDefault()
      ->Check(AtLeastOne());
  verb->AddOption("--max-memory", &limits.max_memory,
                  "A picture whose decoding takes more bytes of memory fails; all but JPEG")
      ->ShowDefault()
      ->Check(AtLeastOne());
  Option* const strict = verb->AddFlag("--strict", &limits.strict, "A damaged picture fails");
  verb->AddFlag(
          "--lenient", &session->lenient,
          "A damaged JPEG, PNG, TIFF, PSD or plain picture whose top two thirds are whole is "
          "taken, as viewers show it; indexed, it is tagged hashlens:damaged=yes (the default)")
      ->Excludes(strict);
  verb->AddOption(
          "--isolate",
          [&limits](const std::string& what) {
            limits.isolate = what == "all" ? Isolation::kAll : Isolation::kAllButJpeg;
          },
          "Decode in a process of its own, where a broken file can do no harm: usual (all but "
          "JPEG), all")
      ->ShowDefault("usual")
      ->Check(OneOf({"usual", "all"}));
}

Option* AddStrategyOption(Command* verb, Strategy* strategy) {
  std::vector<std::string> names;
  for (size_t i = 0; i < kStrategies; ++i) {
    names.emplace_back(StrategyName(static_cast<Strategy>(i)));
  }
  std::ranges::sort(names);
  return verb
      ->AddOption(
          "--strategy", [strategy](const std::string& name) { *strategy = *StrategyByName(name); },
          "How codes are searched: auto, scan, distinct, balls, buckets (up to 32 bits), mih (from "
          "16 on); all give the same hits")
      ->ShowDefault(std::string(StrategyName(*strategy)))
      ->Check(OneOf(names));
}

void AddFeaturesOption(Command* verb, std::optional<FeatureForm>* form, const std::string& help) {
  const auto check = [](const std::string& text) {
    const auto parsed = ParseFeatureForm(text);
    return parsed.ok() ? std::string() : parsed.status().message();
  };
  verb->AddOption(
          "--features", [form](const std::string& text) { *form = *ParseFeatureForm(text); }, help)
      ->Check({"full|pca:N|int8", check});
}

void AddTagOption(Command* verb, const std::string& name, const std::string& help,
                  std::vector<std::string>* texts) {
  const auto check = [](const std::string& text) {
    const size_t equals = text.find('=');
    if (equals == std::string::npos || equals == 0) return "\"" + text + "\" is not KEY=VALUE";
    return std::string();
  };
  verb->AddOption(name, texts, help)->Check({"KEY=VALUE", check})->Repeatable();
}

std::vector<Tag> ParseTags(const std::vector<std::string>& texts) {
  std::vector<Tag> tags;
  for (const std::string& text : texts) {
    const size_t equals = text.find('=');
    tags.emplace_back(text.substr(0, equals), text.substr(equals + 1));
  }
  return tags;
}

}  // namespace hashlens
