#include "apps/cli/line_chart.h"

#include <fmt/core.h>

#include <algorithm>
#include <cmath>

#include "apps/cli/html.h"

namespace hashlens {
namespace {

// In SVG units. Small, so that the text is readable when a phone scales it to its width.
constexpr double kWidth = 420;
constexpr double kHeight = 310;
constexpr double kLeft = 42;
constexpr double kRight = 12;
constexpr double kTop = 10;
constexpr double kBottom = 40;
constexpr double kDot = 3;

constexpr double kTicks = 5;
constexpr double kSlack = 1e-9;  // of divisions that should come out even
constexpr size_t kMaxDots = 25;  // points of a series that are marked one by one

double XOf(const LineChart& chart, double x) {
  const double share = chart.log_x
                           ? std::log(x / chart.x_first) / std::log(chart.x_last / chart.x_first)
                           : (x - chart.x_first) / (chart.x_last - chart.x_first);
  return kLeft + share * (kWidth - kLeft - kRight);
}

double YOf(const LineChart& chart, double y) {
  return kTop + (1 - y / chart.y_last) * (kHeight - kTop - kBottom);
}

// "s1 d0".
std::string SeriesClass(size_t index) { return fmt::format("s{} d{}", index % 8, index / 8 % 4); }

// Multiples of 1, 2 or 5 times a power of ten, about five of them, `least` or more apart.
std::vector<double> RoundTicks(double first, double last, double least) {
  const double wanted = std::max((last - first) / kTicks, least);
  const double power = std::pow(10, std::floor(std::log10(wanted) + kSlack));
  double step = 10 * power;
  for (const double round : {5, 2, 1}) {
    if (round * power >= wanted * (1 - kSlack)) step = round * power;
  }
  std::vector<double> ticks;
  const double start = std::ceil(first / step - kSlack) + 0.0;  // + 0.0: never -0
  for (double i = start; i * step <= last + kSlack * step; ++i) ticks.push_back(i * step);
  return ticks;
}

// Powers of ten; their multiples by 2 and 5, too, where there is room.
std::vector<double> LogTicks(double first, double last) {
  const bool room = last / first < 1000;
  std::vector<double> ticks;
  for (double power = 1; power <= last; power *= 10) {
    for (const double round : {1, 2, 5}) {
      const double tick = round * power;
      if (tick >= first && tick <= last && (room || round == 1)) ticks.push_back(tick);
    }
  }
  return ticks;
}

std::vector<double> XTicks(const LineChart& chart) {
  return chart.log_x ? LogTicks(chart.x_first, chart.x_last)
                     : RoundTicks(chart.x_first, chart.x_last, chart.whole_x ? 1 : 0);
}

std::string Axes(const LineChart& chart) {
  std::string svg;
  for (const double value : RoundTicks(0, chart.y_last, 0)) {
    const double y = YOf(chart, value);
    svg += fmt::format("<path class=\"grid\" d=\"M{:.1f} {:.1f}H{:.1f}\"/>", kLeft, y,
                       kWidth - kRight);
    svg += fmt::format("<text x=\"{:.1f}\" y=\"{:.1f}\" text-anchor=\"end\">{:.3g}</text>\n",
                       kLeft - 5, y + 4, value);
  }
  for (const double tick : XTicks(chart)) {
    const double x = XOf(chart, tick);
    svg += fmt::format("<path class=\"grid\" d=\"M{:.1f} {:.1f}V{:.1f}\"/>", x, kTop,
                       kHeight - kBottom);
    svg += fmt::format("<text x=\"{:.1f}\" y=\"{:.1f}\" text-anchor=\"middle\">{:g}</text>\n", x,
                       kHeight - kBottom + 15, tick);
  }
  svg += fmt::format("<text x=\"{:.1f}\" y=\"{:.1f}\" text-anchor=\"middle\">{}</text>\n",
                     (kLeft + kWidth - kRight) / 2, kHeight - 6, EscapedHtml(chart.x_label));
  svg += fmt::format(
      "<text transform=\"translate(11 {:.1f}) rotate(-90)\" text-anchor=\"middle\">{}</text>\n",
      (kTop + kHeight - kBottom) / 2, EscapedHtml(chart.y_label));
  return svg;
}

std::string SvgOf(const LineChart& chart) {
  std::string svg = fmt::format("<svg viewBox=\"0 0 {} {}\" role=\"img\" aria-label=\"{}\">\n",
                                kWidth, kHeight, EscapedHtml(chart.title));
  svg += Axes(chart);
  for (const ChartSeries& series : chart.series) {
    std::string points;
    for (const auto& [x, y] : series.points)
      points +=
          fmt::format("{}{:.1f},{:.1f}", points.empty() ? "" : " ", XOf(chart, x), YOf(chart, y));
    svg += fmt::format("<polyline class=\"{}\" points=\"{}\"><title>{}</title></polyline>\n",
                       SeriesClass(series.index), points, EscapedHtml(series.name));
    if (series.points.size() > kMaxDots) continue;
    for (const auto& [x, y] : series.points)
      svg += fmt::format("<circle class=\"s{}\" cx=\"{:.1f}\" cy=\"{:.1f}\" r=\"{}\"/>\n",
                         series.index % 8, XOf(chart, x), YOf(chart, y), kDot);
  }
  return svg + "</svg>\n";
}

}  // namespace

std::string ChartFigure(const LineChart& chart, const std::string& caption) {
  return fmt::format("<figure>{}<figcaption>{}</figcaption></figure>\n", SvgOf(chart), caption);
}

std::string ChartKey(const std::vector<std::string>& names) {
  std::string html = "<ul class=\"key\">\n";
  for (size_t i = 0; i < names.size(); ++i) {
    html += fmt::format(
        "<li><svg viewBox=\"0 0 30 10\" aria-hidden=\"true\"><polyline class=\"{}\" points=\"0,5 "
        "30,5\"/></svg>{}</li>\n",
        SeriesClass(i), EscapedHtml(names[i]));
  }
  return html + "</ul>\n";
}

}  // namespace hashlens
