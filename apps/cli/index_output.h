// What is said of an index run in JSON.
#ifndef HASHLENS_APPS_CLI_INDEX_OUTPUT_H_
#define HASHLENS_APPS_CLI_INDEX_OUTPUT_H_

#include <nlohmann/json_fwd.hpp>

#include "hashlens/types.h"

namespace hashlens {

nlohmann::json ReportJson(const IndexReport& report);

}  // namespace hashlens

#endif  // HASHLENS_APPS_CLI_INDEX_OUTPUT_H_
