// The figures of `hashlens eval` as a table, as JSON and as a page.
#ifndef HASHLENS_APPS_CLI_EVAL_OUTPUT_H_
#define HASHLENS_APPS_CLI_EVAL_OUTPUT_H_

#include <filesystem>
#include <nlohmann/json_fwd.hpp>
#include <string>

#include "hashlens/eval.h"

namespace hashlens {

// What was measured and how, in a few sentences, one each.
std::vector<std::string> DescribeEval(const EvalOptions& options, const EvalReport& report);

// The same columns for a text and for a page: the first is the heading, then a row a method. An
// empty cell is a figure that the method does not have; columns without any are left out.
std::vector<std::vector<std::string>> EvalTable(const EvalOptions& options,
                                                const EvalReport& report);

std::string EvalText(const EvalOptions& options, const EvalReport& report);
nlohmann::json EvalJson(const EvalOptions& options, const EvalReport& report);

// One HTML file with curves, which needs nothing else and runs no script.
Status WriteEvalPage(const std::filesystem::path& file, const EvalOptions& options,
                     const EvalReport& report);

// "codes, 48 bits".
std::string MethodTitle(const EvalMethod& method);

}  // namespace hashlens

#endif  // HASHLENS_APPS_CLI_EVAL_OUTPUT_H_
