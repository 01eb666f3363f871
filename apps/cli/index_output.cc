#include "apps/cli/index_output.h"

#include <nlohmann/json.hpp>

#include "apps/cli/reduction_output.h"

namespace hashlens {

nlohmann::json ReportJson(const IndexReport& report) {
  nlohmann::json json = {{"version", 1},
                         {"added", report.added},
                         {"replaced", report.replaced},
                         {"damaged", report.damaged},
                         {"unchanged", report.unchanged},
                         {"tagged", report.tagged},
                         {"failed", report.failed},
                         {"missing", report.missing},
                         {"skipped", report.skipped},
                         {"vanished", report.vanished},
                         {"pruned", report.pruned},
                         {"interrupted", report.interrupted},
                         {"fitted", report.fitted},
                         {"warnings", report.warnings},
                         {"seconds", report.seconds},
                         {"fit_seconds", report.fit_seconds},
                         {"decode_seconds", report.decode_seconds},
                         {"network_seconds", report.network_seconds}};
  if (report.reduction) json["reduction"] = ToJson(*report.reduction);
  return json;
}

}  // namespace hashlens
