#include <fmt/core.h>

#include <algorithm>

#include "apps/cli/eval_output.h"
#include "apps/cli/html.h"
#include "apps/cli/line_chart.h"

namespace hashlens {
namespace {

constexpr char kHead[] = R"(<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>hashlens: evaluation</title>
<style>
  :root { color-scheme: light dark; --line: color-mix(in srgb, currentColor 18%, transparent);
    --c0: #0062b8; --c1: #c2410c; --c2: #00794f; --c3: #a2278b; --c4: #8a6d00; --c5: #0e7490; --c6: #b91c3b; --c7: #5b5bd6; }
  @media (prefers-color-scheme: dark) {
    :root { --c0: #5eb1ff; --c1: #ff9a5c; --c2: #4fd09b; --c3: #f08bdc; --c4: #e2c044; --c5: #56cfe1; --c6: #ff8095; --c7: #b0aaff; } }
  body { font: 15px/1.5 system-ui, sans-serif; margin: 1.5rem auto; max-width: 1100px; padding: 0 1rem; }
  h1 { font-size: 1.3rem; margin: 0 0 .5rem; } h2 { font-size: 1.05rem; margin: 1.6rem 0 .4rem; }
  ul { padding-left: 1.2rem; margin: .4rem 0; overflow-wrap: anywhere; }
  .wide { overflow-x: auto; }
  table { border-collapse: collapse; font-size: 13px; font-variant-numeric: tabular-nums; white-space: nowrap; }
  th, td { padding: .3rem .6rem; text-align: right; border-bottom: 1px solid var(--line); }
  th:first-child, td:first-child { text-align: left; position: sticky; left: 0; background: Canvas; }
  .charts { display: grid; grid-template-columns: repeat(auto-fit, minmax(min(100%, 420px), 1fr)); gap: 1rem; }
  figure { margin: 0; } figcaption { font-size: 13px; opacity: .75; }
  svg { width: 100%; height: auto; } svg text { fill: currentColor; font: 12px system-ui, sans-serif; }
  .grid { stroke: var(--line); fill: none; } polyline { fill: none; stroke-width: 2; stroke-linejoin: round; }
  .key { list-style: none; padding: 0; display: flex; flex-wrap: wrap; gap: .2rem 1.2rem; font-size: 13px; }
  .key svg { width: 30px; height: 10px; vertical-align: middle; margin-right: .4rem; }
  .s0 { stroke: var(--c0); } .s1 { stroke: var(--c1); } .s2 { stroke: var(--c2); } .s3 { stroke: var(--c3); }
  .s4 { stroke: var(--c4); } .s5 { stroke: var(--c5); } .s6 { stroke: var(--c6); } .s7 { stroke: var(--c7); }
  .d1 { stroke-dasharray: 7 4; } .d2 { stroke-dasharray: 2 3; } .d3 { stroke-dasharray: 9 3 2 3; }
</style>
</head>
<body>
)";

std::string TableHtml(const std::vector<std::vector<std::string>>& table) {
  std::string html = "<div class=\"wide\"><table>\n";
  for (size_t row = 0; row < table.size(); ++row) {
    html += "<tr>";
    for (const std::string& cell : table[row])
      html += fmt::format("<{0}>{1}</{0}>", row == 0 ? "th" : "td", EscapedHtml(cell));
    html += "</tr>\n";
  }
  return html + "</table></div>\n";
}

LineChart PrecisionRecall(const EvalReport& report) {
  LineChart chart{"Precision at recall", "recall", "precision", 0, 1, false, {}};
  for (size_t i = 0; i < report.methods.size(); ++i) {
    const EvalMethod& method = report.methods[i];
    ChartSeries series{MethodTitle(method), {}, i};
    for (size_t point = 0; point < method.precision_at_recall.size(); ++point) {
      series.points.emplace_back(
          static_cast<double>(point) / static_cast<double>(method.precision_at_recall.size() - 1),
          method.precision_at_recall[point]);
    }
    if (!series.points.empty()) chart.series.push_back(std::move(series));
  }
  return chart;
}

LineChart PrecisionAtK(const EvalReport& report) {
  LineChart chart{"Precision among the first k", "k", "precision", 1, 2, true, {}};
  for (size_t i = 0; i < report.methods.size(); ++i) {
    ChartSeries series{MethodTitle(report.methods[i]), {}, i};
    for (const EvalPoint& point : report.methods[i].at) {
      const double k = static_cast<double>(point.k);
      series.points.emplace_back(k, point.precision);
      chart.x_last = std::max(chart.x_last, k);
    }
    chart.series.push_back(std::move(series));
  }
  return chart;
}

std::string Figure(const LineChart& chart, const std::string& caption) {
  return fmt::format("<figure>{}<figcaption>{}</figcaption></figure>\n", SvgOf(chart), caption);
}

std::string Key(const EvalReport& report) {
  std::string html = "<ul class=\"key\">\n";
  for (size_t i = 0; i < report.methods.size(); ++i) {
    html += fmt::format(
        "<li><svg viewBox=\"0 0 30 10\" aria-hidden=\"true\"><polyline class=\"{}\" points=\"0,5 "
        "30,5\"/></svg>{}</li>\n",
        SeriesClass(i), EscapedHtml(MethodTitle(report.methods[i])));
  }
  return html + "</ul>\n";
}

std::string Page(const EvalOptions& options, const EvalReport& report) {
  std::string html = kHead;
  html += fmt::format("<h1>How well {} finds</h1>\n<ul>\n", EscapedHtml(report.model));
  for (const std::string& line : DescribeEval(options, report))
    html += "<li>" + EscapedHtml(line) + ".</li>\n";
  html += "</ul>\n" + TableHtml(EvalTable(options, report));
  html += "<h2>Curves</h2>\n" + Key(report) + "<div class=\"charts\">\n";
  html += Figure(PrecisionRecall(report),
                 "Precision at recall, interpolated at 101 points, mean over queries. Ways that "
                 "give only the first few answers have no such curve.");
  html += Figure(PrecisionAtK(report),
                 "Part of the first k answers that is relevant, mean over "
                 "queries.");
  html += "</div>\n<h2>Methods</h2>\n<ul>\n";
  for (const EvalMethod& method : report.methods) {
    html += fmt::format("<li>{}{}: {}.</li>\n", method.baseline ? "For comparison: " : "",
                        EscapedHtml(MethodTitle(method)), EscapedHtml(method.about));
  }
  return html + "</ul>\n</body>\n</html>\n";
}

}  // namespace

Status WriteEvalPage(const std::filesystem::path& file, const EvalOptions& options,
                     const EvalReport& report) {
  return WritePage(file, Page(options, report));
}

}  // namespace hashlens
