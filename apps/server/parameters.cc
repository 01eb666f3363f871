#include "apps/server/parameters.h"

#include <fmt/core.h>

#include <algorithm>
#include <charconv>
#include <chrono>
#include <nlohmann/json.hpp>

#include "apps/server/time_text.h"
#include "hashlens/library.h"

namespace hashlens {
namespace {

constexpr size_t kLongestText = 4096;
constexpr size_t kMostValues = 1000;
constexpr int kDeepest = 8;
constexpr size_t kLongestJson = size_t{2} << 20;

int64_t NowMs() {
  return std::chrono::duration_cast<std::chrono::milliseconds>(
             std::chrono::system_clock::now().time_since_epoch())
      .count();
}

Status AddUnder(const std::string& path, Filter* filter) {
  if (!path.starts_with('/') || path.find('\0') != std::string::npos)
    return InvalidArgument("under: " + PrintablePath(path) + " is not an absolute path");
  filter->under.emplace_back(path);
  return {};
}

Status SetSince(const std::string& text, Filter* filter) {
  const Result<int64_t> since = ParseTime(text, NowMs());
  if (!since.ok()) return since.status();
  filter->added_since = *since;
  return {};
}

// Brackets within texts do not count. The JSON library's own way to ask takes quadratic time.
bool IsDeep(std::string_view text) {
  int depth = 0;
  bool in_text = false;
  for (size_t at = 0; at < text.size(); ++at) {
    const char c = text[at];
    if (in_text && c == '\\') {
      ++at;
    } else if (c == '"') {
      in_text = !in_text;
    } else if (!in_text && (c == '[' || c == '{')) {
      if (++depth > kDeepest) return true;
    } else if (!in_text && (c == ']' || c == '}')) {
      --depth;
    }
  }
  return false;
}

}  // namespace

Result<uint64_t> ParseNumber(std::string_view text, std::string_view name, uint64_t least,
                             uint64_t most) {
  uint64_t number = 0;
  const char* const end = text.data() + text.size();
  const auto [rest, error] = std::from_chars(text.data(), end, number);
  if (error != std::errc() || rest != end || number < least || number > most) {
    return InvalidArgument(fmt::format("{}: \"{}\" is not a whole number from {} to {}", name,
                                       PrintablePath(text.substr(0, 40)), least, most));
  }
  return number;
}

Result<uint64_t> NumberParameter(const httplib::Request& request, const std::string& name,
                                 uint64_t usual, uint64_t least, uint64_t most) {
  if (!request.has_param(name.c_str())) return usual;
  return ParseNumber(request.get_param_value(name.c_str()), name, least, most);
}

Result<Filter> FilterParameters(const httplib::Request& request) {
  Filter filter;
  for (const auto& [name, value] : request.params) {
    if (name == "tag") {
      const size_t equals = value.find('=');
      if (equals == std::string::npos || equals == 0)
        return InvalidArgument("tag: \"" + PrintablePath(value) + "\" is not KEY=VALUE");
      filter.tags.emplace_back(value.substr(0, equals), value.substr(equals + 1));
    } else if (name == "under") {
      if (Status status = AddUnder(value, &filter); !status.ok()) return status;
    } else if (name == "added_since") {
      if (Status status = SetSince(value, &filter); !status.ok()) return status;
    }
  }
  return filter;
}

Status CheckParameters(const httplib::Request& request, std::initializer_list<const char*> known) {
  for (const auto& [name, value] : request.params) {
    if (std::ranges::find(known, name) == known.end())
      return InvalidArgument("there is no parameter \"" + PrintablePath(name) + "\" here");
  }
  return {};
}

Result<uint64_t> JsonNumber(const nlohmann::json& value, std::string_view name, uint64_t least,
                            uint64_t most) {
  if (value.is_number_unsigned()) {
    const auto number = value.get<uint64_t>();
    if (number >= least && number <= most) return number;
  }
  return InvalidArgument(fmt::format("{}: not a whole number from {} to {}", name, least, most));
}

Result<std::vector<uint64_t>> JsonIds(const nlohmann::json& value, std::string_view name,
                                      size_t most) {
  if (!value.is_array()) return InvalidArgument(fmt::format("{}: not a list of ids", name));
  if (value.size() > most) return InvalidArgument(fmt::format("{}: more than {} ids", name, most));
  std::vector<uint64_t> ids;
  for (const nlohmann::json& one : value) {
    const Result<uint64_t> id = JsonNumber(one, name, 1, INT64_MAX);
    if (!id.ok()) return id.status();
    ids.push_back(*id);
  }
  return ids;
}

Result<std::vector<std::string>> JsonTexts(const nlohmann::json& value, std::string_view name) {
  const nlohmann::json list = value.is_string() ? nlohmann::json::array({value}) : value;
  const Status wrong =
      InvalidArgument(fmt::format("{}: not a list of texts of up to {} bytes", name, kLongestText));
  if (!list.is_array() || list.size() > kMostValues) return wrong;
  std::vector<std::string> texts;
  for (const nlohmann::json& one : list) {
    if (!one.is_string() || one.get_ref<const std::string&>().size() > kLongestText) return wrong;
    texts.push_back(one.get<std::string>());
  }
  return texts;
}

Result<std::vector<Tag>> JsonTags(const nlohmann::json& value) {
  if (!value.is_object()) return InvalidArgument("tags: not an object {\"key\": [\"value\"]}");
  std::vector<Tag> tags;
  for (const auto& [key, values] : value.items()) {
    Result<std::vector<std::string>> texts = JsonTexts(values, "tags");
    if (!texts.ok()) return texts.status();
    if (key.empty()) return InvalidArgument("tags: a key is empty");
    for (std::string& text : *texts) tags.emplace_back(key, std::move(text));
  }
  return tags;
}

Result<Filter> JsonFilter(const nlohmann::json& value) {
  if (Status status = CheckMembers(value, {"tags", "under", "added_since"}); !status.ok())
    return status;
  Filter filter;
  if (value.contains("tags")) {
    Result<std::vector<Tag>> tags = JsonTags(value["tags"]);
    if (!tags.ok()) return tags.status();
    filter.tags = std::move(*tags);
  }
  if (value.contains("under")) {
    const Result<std::vector<std::string>> paths = JsonTexts(value["under"], "under");
    if (!paths.ok()) return paths.status();
    for (const std::string& path : *paths) {
      if (Status status = AddUnder(path, &filter); !status.ok()) return status;
    }
  }
  if (value.contains("added_since") && !value["added_since"].is_null()) {
    if (!value["added_since"].is_string()) return InvalidArgument("added_since: not a text");
    if (Status status = SetSince(value["added_since"].get<std::string>(), &filter); !status.ok())
      return status;
  }
  return filter;
}

Status CheckMembers(const nlohmann::json& value, std::initializer_list<std::string_view> known) {
  if (!value.is_object()) return InvalidArgument("not a JSON object");
  for (const auto& [name, member] : value.items()) {
    if (std::ranges::find(known, name) == known.end())
      return InvalidArgument("there is no member \"" + PrintablePath(name) + "\" here");
  }
  return {};
}

Result<nlohmann::json> ParseJson(const std::string& text) {
  if (text.size() > kLongestJson)
    return InvalidArgument(fmt::format("the JSON has more than {} bytes", kLongestJson));
  if (IsDeep(text)) return InvalidArgument("the JSON is nested too deeply");
  nlohmann::json json = nlohmann::json::parse(text, nullptr, /*allow_exceptions=*/false);
  if (json.is_discarded()) return InvalidArgument("the body is not JSON");
  return json;
}

}  // namespace hashlens
