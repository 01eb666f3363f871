// What reducing a library's features did, for people and for programs.
#ifndef HASHLENS_APPS_CLI_REDUCTION_OUTPUT_H_
#define HASHLENS_APPS_CLI_REDUCTION_OUTPUT_H_

#include <nlohmann/json_fwd.hpp>
#include <string>

#include "hashlens/types.h"

namespace hashlens {

nlohmann::json ToJson(const ReductionReport& report);
// Two lines, without the last end of line.
std::string ToText(const ReductionReport& report);

}  // namespace hashlens

#endif  // HASHLENS_APPS_CLI_REDUCTION_OUTPUT_H_
