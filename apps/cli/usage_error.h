// What is said of a command line that makes no sense: one line.
#ifndef HASHLENS_APPS_CLI_USAGE_ERROR_H_
#define HASHLENS_APPS_CLI_USAGE_ERROR_H_

#include <optional>
#include <string>

#include "apps/cli/command.h"

namespace hashlens {

// A line that names the word that stands where a verb belongs and is none, and the verb that it
// looks like. None when there is no such word.
std::optional<std::string> UnknownVerb(const Command& program, int argc, const char* const* argv);

// "hashlens: PROBLEM; where to read more", with a newline. `program` has parsed the command line.
std::string UsageError(const Command& program, const std::string& problem);

}  // namespace hashlens

#endif  // HASHLENS_APPS_CLI_USAGE_ERROR_H_
