#include "apps/cli/train_report.h"

#include <fmt/core.h>

#include <algorithm>
#include <nlohmann/json.hpp>

#include "apps/cli/html.h"
#include "apps/cli/line_chart.h"
#include "apps/cli/new_file.h"
#include "apps/cli/session.h"
#include "hashlens/library.h"

namespace hashlens {

namespace {

std::vector<std::string> Facts(const TrainOptions& options, const TrainReport& report) {
  std::string sizes;
  for (const int size : report.image_sizes)
    sizes += (sizes.empty() ? "" : ", ") + std::to_string(size);
  return {fmt::format("{} pictures of {} classes learned from, {} held out, {} left out as "
                      "unreadable",
                      report.pictures, report.classes.size(), report.held_out,
                      report.unreadable.size()),
          fmt::format("Loss {}, {}, {} schedule, batches of {}, pictures of {} pixels, seed {}",
                      options.loss, options.optimizer, options.schedule, options.batch, sizes,
                      options.seed),
          fmt::format("{:.1f} minutes of training, then {:.1f} for features, codes and packages",
                      report.train_seconds / 60, report.finish_seconds / 60)};
}

std::vector<std::vector<std::string>> HeadTable(const TrainReport& report) {
  std::vector<std::vector<std::string>> table = {
      {"package", "bits", "codes by", "held-out mAP@1000: latent layer", "learned anew"}};
  for (const TrainedHead& head : report.heads) {
    table.push_back({PrintablePath(head.package), std::to_string(head.bits), head.method,
                     FigureText(head.latent_map), FigureText(head.refit_map)});
  }
  return table;
}

std::vector<std::vector<std::string>> EpochTable(const TrainReport& report) {
  std::vector<std::vector<std::string>> table = {
      {"epoch", "pixels", "rate", "loss", "accuracy", "held out", "images/s", "minutes"}};
  for (const TrainEpoch& e : report.epochs) {
    table.push_back({std::to_string(e.epoch), std::to_string(e.image_size),
                     fmt::format("{:.2e}", e.rate), fmt::format("{:.4f}", e.loss),
                     fmt::format("{:.4f}", e.accuracy), FigureText(e.held_out_accuracy),
                     fmt::format("{:.0f}", e.images_per_second),
                     fmt::format("{:.1f}", e.seconds / 60)});
  }
  return table;
}

// Without series.
LineChart EpochChart(const TrainReport& report, const std::string& title) {
  LineChart chart{title, "epoch", title, 0, 1, false, 1, {}, /*whole_x=*/true};
  chart.x_last = std::max<double>(1, static_cast<double>(report.epochs.size()));
  return chart;
}

// One point an epoch where `value` of it is measured; no series without any.
template <typename Value>
void AddSeries(const TrainReport& report, const Value& value, LineChart* chart) {
  ChartSeries series{chart->title, {}, chart->series.size()};
  for (const TrainEpoch& epoch : report.epochs) {
    if (const std::optional<double> y = value(epoch)) series.points.emplace_back(epoch.epoch, *y);
  }
  if (!series.points.empty()) chart->series.push_back(std::move(series));
}

LineChart AccuracyChart(const TrainReport& report) {
  LineChart chart = EpochChart(report, "accuracy");
  AddSeries(
      report, [](const TrainEpoch& epoch) { return epoch.accuracy; }, &chart);
  AddSeries(
      report, [](const TrainEpoch& epoch) { return epoch.held_out_accuracy; }, &chart);
  return chart;
}

LineChart LossChart(const TrainReport& report) {
  LineChart chart = EpochChart(report, "loss");
  AddSeries(
      report, [](const TrainEpoch& epoch) { return epoch.loss; }, &chart);
  chart.y_last = 1e-9;
  for (const TrainEpoch& epoch : report.epochs) chart.y_last = std::max(chart.y_last, epoch.loss);
  return chart;
}

std::string TrainPage(const TrainOptions& options, const TrainReport& report) {
  std::string html = PageStart("training");
  html += fmt::format("<h1>How {} was trained</h1>\n<ul>\n",
                      EscapedHtml(PrintablePath(options.output.filename())));
  for (const std::string& line : Facts(options, report))
    html += "<li>" + EscapedHtml(line) + ".</li>\n";
  for (const std::string& warning : report.warnings)
    html += "<li><strong>Warning: " + EscapedHtml(warning) + ".</strong></li>\n";
  html += "</ul>\n<h2>Codes</h2>\n" + TableHtml(HeadTable(report));
  std::vector<std::string> names = {"pictures trained on"};
  if (report.held_out > 0) names.emplace_back("pictures held out");
  html += "<h2>Curves</h2>\n" + ChartKey(names);
  html += "<div class=\"charts\">\n";
  html += ChartFigure(AccuracyChart(report),
                      "Part of the pictures whose likeliest class is right; those trained on as "
                      "they were shown, cropped and blanked at random.");
  html += ChartFigure(LossChart(report), "Mean loss of each epoch.");
  html += "</div>\n<h2>Epochs</h2>\n" + TableHtml(EpochTable(report));
  return html + PageEnd();
}

nlohmann::json OptionsJson(const TrainOptions& options, const TrainReport& report) {
  return {{"bits", options.bits},
          {"backbone", PrintablePath(options.backbone)},
          {"feature", options.feature_layer},
          {"recipe", options.recipe},
          {"activation", options.activation},
          {"threshold", options.threshold ? nlohmann::json(*options.threshold) : nlohmann::json()},
          {"loss", options.loss},
          {"freeze", options.freeze},
          {"image_sizes", report.image_sizes},
          {"input_size", report.input_size},
          {"mirror", options.mirror},
          {"epochs", options.epochs},
          {"budget_seconds", options.budget_seconds},
          {"batch", options.batch},
          {"optimizer", options.optimizer},
          {"schedule", options.schedule},
          {"rate", options.rate},
          {"weight_decay", options.weight_decay},
          {"label_smoothing", options.label_smoothing},
          {"min_area", options.min_area},
          {"flip", options.flip},
          {"erase", options.erase},
          {"holdout", options.holdout},
          {"seed", options.seed}};
}

}  // namespace

std::string FigureText(const std::optional<double>& figure) {
  return figure ? fmt::format("{:.4f}", *figure) : "-";
}

nlohmann::json FigureJson(const std::optional<double>& figure) {
  return figure ? nlohmann::json(*figure) : nlohmann::json();
}

nlohmann::json TrainReportJson(const TrainOptions& options, const TrainReport& report) {
  nlohmann::json epochs = nlohmann::json::array();
  for (const TrainEpoch& e : report.epochs) {
    epochs.push_back({{"epoch", e.epoch},
                      {"image_size", e.image_size},
                      {"rate", e.rate},
                      {"loss", e.loss},
                      {"accuracy", e.accuracy},
                      {"held_out_accuracy", FigureJson(e.held_out_accuracy)},
                      {"images_per_s", e.images_per_second},
                      {"seconds", e.seconds}});
  }
  nlohmann::json heads = nlohmann::json::array();
  for (const TrainedHead& head : report.heads) {
    nlohmann::json json = {{"bits", head.bits},
                           {"method", head.method},
                           {"latent_map", FigureJson(head.latent_map)},
                           {"refit_map", FigureJson(head.refit_map)}};
    AddPathField(&json, head.package);
    heads.push_back(std::move(json));
  }
  return {{"version", 1},
          {"classes", report.classes},
          {"pictures", report.pictures},
          {"held_out", report.held_out},
          {"unreadable", report.unreadable},
          {"warnings", report.warnings},
          {"options", OptionsJson(options, report)},
          {"epochs", epochs},
          {"heads", heads},
          {"train_seconds", report.train_seconds},
          {"finish_seconds", report.finish_seconds},
          {"interrupted", report.interrupted}};
}

std::filesystem::path TrainReportFile(const TrainOptions& options, const char* ending) {
  return std::filesystem::path(options.output) += ending;
}

Status WriteTrainReport(const TrainOptions& options, const TrainReport& report) {
  constexpr auto kReplace = nlohmann::json::error_handler_t::replace;
  const std::string json = TrainReportJson(options, report).dump(2, ' ', false, kReplace) + "\n";
  const std::filesystem::path json_file = TrainReportFile(options, ".json");
  if (Status status = WriteNewFile(json_file, json); !status.ok()) return status;
  Status status = WriteNewFile(TrainReportFile(options, ".html"), TrainPage(options, report));
  std::error_code error;  // the first error is the one to report
  if (!status.ok()) std::filesystem::remove(json_file, error);
  return status;
}

}  // namespace hashlens
