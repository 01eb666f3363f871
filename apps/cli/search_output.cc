#include "apps/cli/search_output.h"

#include <fmt/core.h>

#include <algorithm>
#include <charconv>
#include <nlohmann/json.hpp>

#include "apps/cli/session.h"

namespace hashlens {
namespace {

constexpr uint32_t kMostBits = 512;
constexpr size_t kCodesDigits = 8;

nlohmann::json TraceJson(const CodeTrace& trace) {
  nlohmann::json expected = nlohmann::json::object();
  for (size_t i = 0; i < kStrategies; ++i) {
    if (trace.expected_us[i] >= 0)
      expected[std::string(StrategyName(static_cast<Strategy>(i)))] = trace.expected_us[i];
  }
  nlohmann::json json = {{"strategy", StrategyName(trace.strategy)},
                         {"gave_up", trace.gave_up},
                         {"codes_compared", trace.compared},
                         {"buckets", trace.buckets},
                         {"expected_us", std::move(expected)}};
  if (trace.expected_distance >= 0) json["expected_distance"] = trace.expected_distance;
  return json;
}

std::string CursorText(const Cursor& cursor) {
  return fmt::format("{}:{}:{}", cursor.hamming, cursor.id, cursor.codes);
}

// Why there was nothing to choose from.
const char* WhyNoChoice(const SearchResult& result) {
  if (result.codes.strategy != Strategy::kScan) return "asked for by --strategy";
  if (result.arranged > 0) return "asked for by --strategy, or too few codes to think about";
  return "the library's arranged codes (`compact` makes them from 50,000 images on) are read only "
         "by "
         "who searches long enough for that to pay; --strategy reads them at once";
}

std::string TookText(const SearchResult& result) {
  return fmt::format(
      "  took: decode {:.2f} ms, network {:.2f} ms, codes {:.3f} ms, re-rank of {} candidates "
      "{:.3f} "
      "ms\n",
      result.stages_ms.decode, result.stages_ms.network, result.stages_ms.codes, result.candidates,
      result.stages_ms.rerank);
}

}  // namespace

std::string Explain(const SearchResult& result, const SearchOptions& options) {
  const CodeTrace& trace = result.codes;
  std::string text = fmt::format("  hits: {}\n", result.promise);
  if (options.all_features || options.bucket >= 0) {
    text += options.all_features
                ? "  plan: every feature was read, and no code was used\n"
                : "  plan: every code was compared, and the features of the whole bucket read\n";
    return text + TookText(result);
  }
  text += fmt::format("  plan: {}", StrategyName(trace.strategy));
  if (trace.gave_up) text += ", after looking up took longer than expected";
  text += fmt::format("; compared {} codes", trace.compared);
  if (trace.buckets > 0) text += fmt::format(", looked into {} buckets", trace.buckets);
  text += "\n";
  if (std::ranges::all_of(trace.expected_us, [](double us) { return us < 0; }))
    text += std::string("  why: ") + WhyNoChoice(result) + "\n";
  if (trace.expected_distance >= 0)
    text += fmt::format("  expected: the last candidate within {} bits\n", trace.expected_distance);
  for (size_t i = 0; i < kStrategies; ++i) {
    if (trace.expected_us[i] < 0) continue;
    text += fmt::format("  expected: {:9} {:10.1f} us\n", StrategyName(static_cast<Strategy>(i)),
                        trace.expected_us[i]);
  }
  return text + TookText(result);
}

std::optional<Cursor> ParseCursor(const std::string& text) {
  Cursor cursor;
  const char* const end = text.data() + text.size();
  const auto hamming = std::from_chars(text.data(), end, cursor.hamming);
  if (hamming.ec != std::errc() || hamming.ptr == end || *hamming.ptr != ':') return std::nullopt;
  const auto id = std::from_chars(hamming.ptr + 1, end, cursor.id);
  if (id.ec != std::errc() || cursor.hamming > kMostBits) return std::nullopt;
  if (id.ptr == end) return cursor;
  cursor.codes.assign(id.ptr + 1, end);
  const bool named = *id.ptr == ':' && cursor.codes.size() == kCodesDigits &&
                     cursor.codes.find_first_not_of("0123456789abcdef") == std::string::npos;
  return named ? std::optional(cursor) : std::nullopt;
}

nlohmann::json ToJson(const std::vector<Hit>& hits) {
  nlohmann::json list = nlohmann::json::array();
  for (const Hit& hit : hits) {
    nlohmann::json object = {{"rank", hit.rank},
                             {"id", hit.id},
                             {"hamming", hit.hamming},
                             {"width", hit.width},
                             {"height", hit.height}};
    object["distance"] = hit.distance ? nlohmann::json(*hit.distance) : nlohmann::json(nullptr);
    AddPathField(&object, hit.path);
    list.push_back(std::move(object));
  }
  return list;
}

nlohmann::json ToJson(const SearchResult& result, bool explain) {
  nlohmann::json json = {{"version", 1},
                         {"query", result.query},
                         {"strategy", StrategyName(result.codes.strategy)},
                         {"exact", result.exact},
                         {"promise", result.promise},
                         {"images", result.rows},
                         {"candidates", result.candidates},
                         {"ties_cut", result.ties_cut},
                         {"hits", ToJson(result.hits)},
                         {"stages_ms",
                          {{"decode", result.stages_ms.decode},
                           {"network", result.stages_ms.network},
                           {"codes", result.stages_ms.codes},
                           {"rerank", result.stages_ms.rerank}}}};
  if (!result.query_damage.empty()) json["query_damage"] = result.query_damage;
  if (result.next) json["next"] = CursorText(*result.next);
  if (explain) json["plan"] = TraceJson(result.codes);
  if (const std::string hex = HexIfNotUtf8(result.query); !hex.empty()) json["query_hex"] = hex;
  return json;
}

nlohmann::json ToJson(const Query& query, const Status& status) {
  std::string name = query.text ? *query.text : query.file.native();
  if (query.id != 0) name = "id:" + std::to_string(query.id);
  nlohmann::json json = {{"version", 1}, {"query", name}, {"error", status.message()}};
  if (const std::string hex = HexIfNotUtf8(name); !hex.empty()) json["query_hex"] = hex;
  return json;
}

std::string ToTable(const SearchResult& result) {
  std::string text = fmt::format("{}\n", PrintablePath(result.query));
  text += fmt::format("  {:>4}  {:>8}  {:>7}  {:>8}  {}\n", "rank", "distance", "hamming", "id",
                      "path");
  for (const Hit& hit : result.hits) {
    const std::string distance = hit.distance ? fmt::format("{:.4f}", *hit.distance) : "-";
    text += fmt::format("  {:>4}  {:>8}  {:>7}  {:>8}  {}\n", hit.rank, distance, hit.hamming,
                        hit.id, PrintablePath(hit.path));
  }
  if (result.hits.empty()) text += "  nothing found\n";
  if (result.ties_cut > 0) {
    text += fmt::format(
        "  {} more pictures are as near by code as the last of the {} candidates, and were not "
        "ranked; --most-candidates {} ranks them\n",
        result.ties_cut, result.candidates, result.candidates + result.ties_cut);
  }
  if (result.next) text += fmt::format("  next page: --after {}\n", CursorText(*result.next));
  text += fmt::format(
      "  {} images by {}, {} candidates; decode {:.1f} ms, network {:.1f} ms, codes {:.2f} ms, "
      "re-rank {:.2f} ms\n",
      result.rows, StrategyName(result.codes.strategy), result.candidates, result.stages_ms.decode,
      result.stages_ms.network, result.stages_ms.codes, result.stages_ms.rerank);
  return text;
}

}  // namespace hashlens
