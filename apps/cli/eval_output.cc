#include "apps/cli/eval_output.h"

#include <fmt/core.h>

#include <algorithm>
#include <nlohmann/json.hpp>

#include "hashlens/library.h"

namespace hashlens {
namespace {

using Table = std::vector<std::vector<std::string>>;

std::string Share(const std::optional<double>& value) {
  return value ? fmt::format("{:.4f}", *value) : std::string();
}

std::string Milliseconds(double ms) {
  return fmt::format("{:.{}f}", ms, ms < 0.1 ? 4 : ms < 10 ? 2 : 1);
}

std::string PrecisionAt(const EvalMethod& method, uint64_t k) {
  for (const EvalPoint& point : method.at) {
    if (point.k == k) return fmt::format("{:.4f}", point.precision);
  }
  return {};
}

std::string RecallAt(const EvalMethod& method, uint64_t k) {
  for (const EvalPoint& point : method.at) {
    if (point.k == k) return fmt::format("{:.4f}", point.recall);
  }
  return {};
}

std::string SideText(const EvalSide& side, size_t per_class) {
  std::string text = fmt::format("{} pictures of {} classes in {}", side.pictures, side.classes,
                                 PrintablePath(side.data));
  if (per_class > 0) text += fmt::format(" (at most {} of each class)", per_class);
  if (side.failed > 0) text += fmt::format(", {} could not be read and are left out", side.failed);
  return text;
}

Table WithoutEmptyColumns(const Table& table) {
  Table kept(table.size());
  for (size_t column = 0; column < table[0].size(); ++column) {
    const bool filled = std::any_of(table.begin() + 1, table.end(),
                                    [&](const auto& row) { return !row[column].empty(); });
    if (!filled) continue;
    for (size_t row = 0; row < table.size(); ++row) kept[row].push_back(table[row][column]);
  }
  return kept;
}

template <typename T>
nlohmann::json OrNull(const std::optional<T>& value) {
  return value ? nlohmann::json(*value) : nlohmann::json(nullptr);
}

nlohmann::json SideJson(const EvalSide& side, size_t per_class) {
  nlohmann::json json = {{"pictures", side.pictures},
                         {"classes", side.classes},
                         {"failed", side.failed},
                         {"failures", side.failures}};
  json["sample_per_class"] = per_class > 0 ? nlohmann::json(per_class) : nlohmann::json(nullptr);
  json["path"] = side.data.native();
  return json;
}

nlohmann::json MethodJson(const EvalMethod& method) {
  nlohmann::json at = nlohmann::json::array();
  for (const EvalPoint& point : method.at)
    at.push_back({{"k", point.k}, {"precision", point.precision}, {"recall", point.recall}});
  return {{"name", method.name},
          {"about", method.about},
          {"baseline", method.baseline},
          {"bits", method.bits > 0 ? nlohmann::json(method.bits) : nlohmann::json(nullptr)},
          {"bytes_per_image", method.bytes_per_image},
          {"map_at_k", method.map_at_k},
          {"map_all", OrNull(method.map_all)},
          {"expected_map_at_k", OrNull(method.expected_map_at_k)},
          {"expected_map_all", OrNull(method.expected_map_all)},
          {"at", std::move(at)},
          {"precision_at_recall", method.precision_at_recall},
          {"precision_radius2", OrNull(method.precision_radius2)},
          {"empty_radius2", OrNull(method.empty_radius2)},
          {"distinct_codes", OrNull(method.distinct_codes)},
          {"candidates", OrNull(method.candidates)},
          {"neighbours_found_10", OrNull(method.neighbours_found_10)},
          {"neighbours_found_k", OrNull(method.neighbours_found_k)},
          {"search_ms", method.search_ms},
          {"rerank_ms", OrNull(method.rerank_ms)}};
}

}  // namespace

std::string MethodTitle(const EvalMethod& method) {
  return method.bits > 0 ? fmt::format("{}, {} bits", method.name, method.bits) : method.name;
}

std::vector<std::string> DescribeEval(const EvalOptions& options, const EvalReport& report) {
  std::vector<std::string> lines = {
      fmt::format("Model {}, {}-d features", report.model, report.dim),
      "Database: " + SideText(report.database, options.sample_database),
      "Queries: " + SideText(report.queries, options.sample_queries),
      fmt::format("Relevant is what shares a label. AP@{0} is the mean precision at the relevant "
                  "ranks within the first {0}; mAP its mean over queries",
                  options.k),
      fmt::format("The database was put in random order (seed {}); \"any order\" is the mean over "
                  "all orders of equally near codes, exact",
                  options.seed)};
  if (report.in_both > 0) {
    lines.push_back(
        fmt::format("{} queries are also in the database; none finds itself", report.in_both));
  }
  if (report.unanswerable > 0) {
    lines.push_back(fmt::format("{} queries have nothing relevant in the database; they count as 0",
                                report.unanswerable));
  }
  lines.push_back(
      fmt::format("Making a feature takes {:.1f} ms (decode {:.1f}, network {:.1f}); "
                  "ms/query is one thread from feature to ordered answer",
                  report.decode_ms + report.network_ms, report.decode_ms, report.network_ms));
  lines.insert(lines.end(), report.notes.begin(), report.notes.end());
  return lines;
}

Table EvalTable(const EvalOptions& options, const EvalReport& report) {
  Table table = {{"method", "bits", "bytes", fmt::format("mAP@{}", options.k), "any order",
                  "mAP@all", "P@1", "P@10", "P@100", fmt::format("R@{}", options.k), "P(r<=2)",
                  "empty", "distinct", "ranked", "found@10", fmt::format("found@{}", options.k),
                  "ms/query"}};
  for (const EvalMethod& method : report.methods) {
    table.push_back({(method.baseline ? "= " : "") + method.name,
                     method.bits > 0 ? std::to_string(method.bits) : "",
                     fmt::format("{:.0f}", method.bytes_per_image), Share(method.map_at_k),
                     Share(method.expected_map_at_k), Share(method.map_all), PrecisionAt(method, 1),
                     PrecisionAt(method, 10), PrecisionAt(method, 100), RecallAt(method, options.k),
                     Share(method.precision_radius2), Share(method.empty_radius2),
                     method.distinct_codes ? std::to_string(*method.distinct_codes) : "",
                     method.candidates ? fmt::format("{:.0f}", *method.candidates) : "",
                     Share(method.neighbours_found_10), Share(method.neighbours_found_k),
                     Milliseconds(method.search_ms)});
  }
  return WithoutEmptyColumns(table);
}

std::string EvalText(const EvalOptions& options, const EvalReport& report) {
  const Table table = EvalTable(options, report);
  std::vector<size_t> widths(table[0].size());
  for (const auto& row : table) {
    for (size_t i = 0; i < row.size(); ++i) widths[i] = std::max(widths[i], row[i].size());
  }
  std::string text;
  for (const std::string& line : DescribeEval(options, report)) text += line + ".\n";
  text += "\n";
  for (const auto& row : table) {
    std::string line = fmt::format("{:<{}}", row[0], widths[0]);
    for (size_t i = 1; i < row.size(); ++i)
      line += fmt::format("  {:>{}}", row[i].empty() ? "-" : row[i], widths[i]);
    text += line + "\n";
  }
  const bool baselines = std::any_of(report.methods.begin(), report.methods.end(),
                                     [](const EvalMethod& method) { return method.baseline; });
  if (!baselines) return text;
  text += "\n=  for comparison:\n";
  for (const EvalMethod& method : report.methods) {
    if (method.baseline) text += fmt::format("   {}: {}\n", MethodTitle(method), method.about);
  }
  return text;
}

nlohmann::json EvalJson(const EvalOptions& options, const EvalReport& report) {
  nlohmann::json model = {{"name", report.model},
                          {"dim", report.dim},
                          {"feature_digest", report.feature_digest},
                          {"path", report.model_path.native()}};
  nlohmann::json methods = nlohmann::json::array();
  for (const EvalMethod& method : report.methods) methods.push_back(MethodJson(method));
  return {{"version", 1},
          {"model", std::move(model)},
          {"database", SideJson(report.database, options.sample_database)},
          {"queries", SideJson(report.queries, options.sample_queries)},
          {"k", options.k},
          {"candidates", options.candidates},
          {"most_candidates", options.most_candidates},
          {"seed", options.seed},
          {"database_order", "shuffled"},
          {"classes", report.classes},
          {"multi_label", report.multi_label},
          {"in_both", report.in_both},
          {"unanswerable", report.unanswerable},
          {"feature_ms", {{"decode", report.decode_ms}, {"network", report.network_ms}}},
          {"methods", std::move(methods)},
          {"notes", report.notes}};
}

}  // namespace hashlens
