// What is printed of a model, for people and for programs.
#ifndef HASHLENS_APPS_CLI_MODEL_OUTPUT_H_
#define HASHLENS_APPS_CLI_MODEL_OUTPUT_H_

#include <nlohmann/json_fwd.hpp>
#include <string>

#include "apps/cli/session.h"
#include "hashlens/types.h"

namespace hashlens {

nlohmann::json ToJson(const ModelInfo& info);
// Four lines, each with its end.
std::string ToText(const ModelInfo& info);
void PrintModel(const ModelInfo& info, bool json, Session* session);

}  // namespace hashlens

#endif  // HASHLENS_APPS_CLI_MODEL_OUTPUT_H_
