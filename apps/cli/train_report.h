// What a training run brought, as JSON and as a page with curves.
#ifndef HASHLENS_APPS_CLI_TRAIN_REPORT_H_
#define HASHLENS_APPS_CLI_TRAIN_REPORT_H_

#include <filesystem>
#include <nlohmann/json_fwd.hpp>
#include <optional>
#include <string>

#include "hashlens/train.h"

namespace hashlens {

// "-" and null for what was not measured.
std::string FigureText(const std::optional<double>& figure);
nlohmann::json FigureJson(const std::optional<double>& figure);

nlohmann::json TrainReportJson(const TrainOptions& options, const TrainReport& report);

// OUTPUT.html and OUTPUT.json, beside the packages.
std::filesystem::path TrainReportFile(const TrainOptions& options, const char* ending);

// Both or none, and only where nothing is: kInvalidArgument. kIoError.
Status WriteTrainReport(const TrainOptions& options, const TrainReport& report);

}  // namespace hashlens

#endif  // HASHLENS_APPS_CLI_TRAIN_REPORT_H_
