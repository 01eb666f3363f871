#include "apps/server/config_file.h"

#define TOML_HEADER_ONLY 1
#define TOML_EXCEPTIONS 0
#include <toml++/toml.h>

#include <fstream>
#include <iterator>
#include <optional>

#include "hashlens/library.h"

namespace hashlens {
namespace {

std::string Place(std::string_view name, const toml::source_region& source) {
  return std::string(name) + ":" + std::to_string(source.begin.line) + ": ";
}

std::optional<std::string> TextOf(const toml::node& node) {
  if (const auto* text = node.as_string()) return text->get();
  if (const auto* number = node.as_integer()) return std::to_string(number->get());
  if (const auto* flag = node.as_boolean()) return flag->get() ? "true" : "false";
  return std::nullopt;
}

}  // namespace

Result<Settings> ParseSettings(std::string_view toml, std::string_view name) {
  const toml::parse_result parsed = toml::parse(toml);
  if (!parsed) {
    return InvalidArgument(Place(name, parsed.error().source()) +
                           std::string(parsed.error().description()));
  }
  Settings settings;
  for (const auto& [key, node] : parsed.table()) {
    const std::string word(key.str());
    std::vector<std::string>& values = settings[word];
    const Status wrong = InvalidArgument(Place(name, node.source()) + word +
                                         ": neither a text, a whole number, true, false, nor a "
                                         "list of such");
    if (const toml::array* list = node.as_array()) {
      for (const toml::node& one : *list) {
        std::optional<std::string> text = TextOf(one);
        if (!text) return wrong;
        values.push_back(std::move(*text));
      }
    } else if (std::optional<std::string> text = TextOf(node)) {
      values.push_back(std::move(*text));
    } else {
      return wrong;
    }
  }
  return settings;
}

Result<Settings> ReadSettings(const std::filesystem::path& file) {
  std::ifstream stream(file, std::ios::binary);
  const std::string text(std::istreambuf_iterator<char>(stream), {});
  if (!stream.is_open() || stream.bad())
    return NotFound(PrintablePath(file) + ": the configuration cannot be read");
  return ParseSettings(text, PrintablePath(file));
}

}  // namespace hashlens
