#include <fmt/core.h>

#include <algorithm>

#include "apps/cli/eval_output.h"
#include "apps/cli/html.h"
#include "apps/cli/line_chart.h"

namespace hashlens {
namespace {

LineChart PrecisionRecall(const EvalReport& report) {
  LineChart chart{"Precision at recall", "recall", "precision", 0, 1, false, 1, {}};
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
  LineChart chart{"Precision among the first k", "k", "precision", 1, 2, true, 1, {}};
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

std::vector<std::string> Titles(const EvalReport& report) {
  std::vector<std::string> titles;
  for (const EvalMethod& method : report.methods) titles.push_back(MethodTitle(method));
  return titles;
}

std::string EvalPage(const EvalOptions& options, const EvalReport& report) {
  std::string html = PageStart("evaluation");
  html += fmt::format("<h1>How well {} finds</h1>\n<ul>\n", EscapedHtml(report.model));
  for (const std::string& line : DescribeEval(options, report))
    html += "<li>" + EscapedHtml(line) + ".</li>\n";
  html += "</ul>\n" + TableHtml(EvalTable(options, report));
  html += "<h2>Curves</h2>\n" + ChartKey(Titles(report)) + "<div class=\"charts\">\n";
  html +=
      ChartFigure(PrecisionRecall(report),
                  "Precision at recall, interpolated at 101 points, mean over queries. Ways that "
                  "give only the first few answers have no such curve.");
  html += ChartFigure(PrecisionAtK(report),
                      "Part of the first k answers that is relevant, mean over "
                      "queries.");
  html += "</div>\n<h2>Methods</h2>\n<ul>\n";
  for (const EvalMethod& method : report.methods) {
    html += fmt::format("<li>{}{}: {}.</li>\n", method.baseline ? "For comparison: " : "",
                        EscapedHtml(MethodTitle(method)), EscapedHtml(method.about));
  }
  return html + "</ul>\n" + PageEnd();
}

}  // namespace

Status WriteEvalPage(const std::filesystem::path& file, const EvalOptions& options,
                     const EvalReport& report) {
  return WritePage(file, EvalPage(options, report));
}

}  // namespace hashlens
