#include <algorithm>
#include <charconv>
#include <cmath>
#include <map>

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

CLI::Validator AtLeastOne() {
  return CLI::Validator(
      [](std::string& text) {
        uint64_t number = 0;
        const bool good = Reads(text, &number) && number > 0;
        return good ? std::string() : "\"" + text + "\" is not a number of 1 or more";
      },
      "1 OR MORE");
}

CLI::Validator WholeNumber() {
  return CLI::Validator(
      [](std::string& text) {
        uint64_t number = 0;
        return Reads(text, &number) ? std::string() : "\"" + text + "\" is not a whole number";
      },
      "NUMBER");
}

CLI::Validator FiniteNumber() {
  return CLI::Validator(
      [](std::string& text) {
        double number = 0;
        return Reads(text, &number) && std::isfinite(number) ? std::string()
                                                             : "\"" + text + "\" is not a number";
      },
      "NUMBER");
}

CLI::Option* AddNumbersOption(CLI::App* verb, const std::string& name, std::vector<int>* numbers,
                              const std::string& help) {
  std::string usual;
  for (const int number : *numbers) usual += (usual.empty() ? "" : ",") + std::to_string(number);
  const auto check = [](const std::string& text) {
    return NumbersIn(text).empty() ? "\"" + text + "\" is not a number, or several with commas"
                                   : std::string();
  };
  return verb
      ->add_option_function<std::string>(
          name, [numbers](const std::string& text) { *numbers = NumbersIn(text); }, help)
      ->default_str(usual)
      ->check(CLI::Validator(check, "NUMBER,..."));
}

void AddLibraryArgument(CLI::App* verb, std::string* library) {
  verb->add_option("LIB", *library,
                   "The library: a folder NAME.hashlens (the ending may be left out)")
      ->required();
}

void AddDeviceOptions(CLI::App* verb, Session* session) {
  verb->add_option("--device", session->open.device.name,
                   "Where the network runs: CPU, GPU, AUTO, as OpenVINO names it")
      ->capture_default_str();
  verb->add_option("--precision", session->open.device.precision,
                   "Of the network: auto, fp32, bf16")
      ->capture_default_str()
      ->check(CLI::IsMember({"auto", "fp32", "bf16"}));
  verb->add_option("-j,--jobs", session->open.jobs, "Threads; 0: one a core")
      ->capture_default_str()
      ->check(CLI::Range(0, 256));
}

void AddLimitOptions(CLI::App* verb, Session* session) {
  Limits& limits = session->open.limits;
  verb->add_option("--max-pixels", limits.max_pixels, "A picture with more pixels fails")
      ->capture_default_str()
      ->check(WholeNumber());
  verb->add_option("--max-bytes", limits.max_bytes, "A picture file with more bytes fails")
      ->capture_default_str()
      ->check(WholeNumber());
  verb->add_option("--timeout-ms", limits.timeout_ms, "A picture that takes longer to decode fails")
      ->capture_default_str()
      ->check(AtLeastOne());
}

void AddStrategyOption(CLI::App* verb, Strategy* strategy) {
  std::map<std::string, Strategy> names;
  for (size_t i = 0; i < kStrategies; ++i) {
    const auto one = static_cast<Strategy>(i);
    names.emplace(StrategyName(one), one);
  }
  verb->add_option_function<std::string>(
          "--strategy", [strategy](const std::string& name) { *strategy = *StrategyByName(name); },
          "How codes are searched: auto, scan, distinct, balls, buckets (up to 32 bits), mih (from "
          "16 on); all give the same hits")
      ->default_str(std::string(StrategyName(*strategy)))
      ->check(CLI::IsMember(names));
}

void AddFeaturesOption(CLI::App* verb, std::optional<FeatureForm>* form, const std::string& help) {
  const auto check = [](const std::string& text) {
    const auto parsed = ParseFeatureForm(text);
    return parsed.ok() ? std::string() : parsed.status().message();
  };
  verb->add_option_function<std::string>(
          "--features", [form](const std::string& text) { *form = *ParseFeatureForm(text); }, help)
      ->check(CLI::Validator(check, "full|pca:N|int8"));
}

void AddTagOption(CLI::App* verb, const std::string& name, const std::string& help,
                  std::vector<std::string>* texts) {
  const auto check = [](const std::string& text) {
    const size_t equals = text.find('=');
    if (equals == std::string::npos || equals == 0) return "\"" + text + "\" is not KEY=VALUE";
    return std::string();
  };
  verb->add_option(name, *texts, help)
      ->check(CLI::Validator(check, "KEY=VALUE"))
      ->expected(1)
      ->take_all()
      ->allow_extra_args(false);
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
