// Curves as inline SVG. Colours come from the page: classes s0 to s7, and d0 to d3 for the dashes
// of every further eight.
#ifndef HASHLENS_APPS_CLI_LINE_CHART_H_
#define HASHLENS_APPS_CLI_LINE_CHART_H_

#include <string>
#include <utility>
#include <vector>

namespace hashlens {

struct ChartSeries {
  std::string name;
  std::vector<std::pair<double, double>> points;  // x rising, y 0..y_last
  size_t index = 0;                               // decides colour and dash
};

struct LineChart {
  std::string title;
  std::string x_label;
  std::string y_label;
  double x_first = 0;
  double x_last = 1;
  bool log_x = false;  // then x_first >= 1
  double y_last = 1;
  std::vector<ChartSeries> series;
  bool whole_x = false;  // x counts something: no ticks between whole numbers
};

// The chart with a caption, which may hold HTML.
std::string ChartFigure(const LineChart& chart, const std::string& caption);

// The names of series 0, 1, ... beside their lines.
std::string ChartKey(const std::vector<std::string>& names);

}  // namespace hashlens

#endif  // HASHLENS_APPS_CLI_LINE_CHART_H_
