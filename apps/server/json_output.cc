#include "apps/server/json_output.h"

#include <fmt/core.h>

#include <ctime>
#include <map>
#include <nlohmann/json.hpp>

#include "apps/cli/search_output.h"
#include "apps/cli/session.h"

namespace hashlens {

std::string UtcTime(int64_t ms) {
  const auto seconds = static_cast<std::time_t>(ms / 1000);
  std::tm utc{};
  if (::gmtime_r(&seconds, &utc) == nullptr) return {};
  char text[32];
  const size_t size = std::strftime(text, sizeof text, "%Y-%m-%dT%H:%M:%S", &utc);
  return std::string(text, size) + fmt::format(".{:03}Z", ms % 1000);
}

std::string HexOf(const std::vector<uint8_t>& bytes) {
  std::string hex;
  for (const uint8_t byte : bytes) hex += fmt::format("{:02x}", byte);
  return hex;
}

std::string MimeOf(const std::string& format) {
  if (format.empty()) return "application/octet-stream";
  // Where IANA's name, or the usual one, is not the format's own.
  static const std::map<std::string, std::string> kNames = {
      {"jpeg2000", "image/jp2"}, {"pnm", "image/x-portable-anymap"},
      {"ico", "image/x-icon"},   {"psd", "image/vnd.adobe.photoshop"},
      {"exr", "image/x-exr"},    {"hdr", "image/vnd.radiance"},
      {"tga", "image/x-tga"},    {"raw", "image/x-dcraw"},
      {"svg", "image/svg+xml"},  {"pdf", "application/pdf"}};
  const auto name = kNames.find(format);
  return name != kNames.end() ? name->second : "image/" + format;
}

nlohmann::json ImageJson(const ImageInfo& image) {
  nlohmann::json json = {{"id", image.id},         {"bytes", image.bytes},
                         {"width", image.width},   {"height", image.height},
                         {"format", image.format}, {"added_at", UtcTime(image.added_at_ms)}};
  AddPathField(&json, image.path);
  json["tags"] = nlohmann::json::object();
  for (const auto& [key, value] : image.tags) json["tags"][key].push_back(value);
  return json;
}

nlohmann::json SearchJson(const SearchResult& result) {
  nlohmann::json json = {{"version", 1},
                         {"query", result.query},
                         {"strategy", StrategyName(result.codes.strategy)},
                         {"exact", result.exact},
                         {"promise", result.promise},
                         {"rows", result.rows},
                         {"candidates", result.candidates},
                         {"ties_cut", result.ties_cut},
                         {"hits", ToJson(result.hits)},
                         {"next", nullptr},
                         {"ms",
                          {{"decode", result.stages_ms.decode},
                           {"network", result.stages_ms.network},
                           {"codes", result.stages_ms.codes},
                           {"rerank", result.stages_ms.rerank}}}};
  if (!result.query_damage.empty()) json["query_damage"] = result.query_damage;
  if (result.next) {
    json["next"] = {
        {"hamming", result.next->hamming}, {"id", result.next->id}, {"codes", result.next->codes}};
  }
  return json;
}

}  // namespace hashlens
