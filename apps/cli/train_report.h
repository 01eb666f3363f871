// What a training run brought, as JSON and as a page with curves.
#ifndef HASHLENS_APPS_CLI_TRAIN_REPORT_H_
#define HASHLENS_APPS_CLI_TRAIN_REPORT_H_

#include <filesystem>
#include <nlohmann/json.hpp>

#include "hashlens/train.h"

namespace hashlens {

nlohmann::json TrainReportJson(const TrainOptions& options, const TrainReport& report);

// One file, no scripts. kIoError.
Status WriteTrainReportHtml(const std::filesystem::path& file, const TrainOptions& options,
                            const TrainReport& report);

}  // namespace hashlens

#endif  // HASHLENS_APPS_CLI_TRAIN_REPORT_H_
