// What is said of a command line that makes no sense: one line.
#ifndef HASHLENS_APPS_CLI_USAGE_ERROR_H_
#define HASHLENS_APPS_CLI_USAGE_ERROR_H_

#include <CLI/CLI.hpp>
#include <optional>
#include <string>

namespace hashlens {

// A line that names the word that stands where a verb belongs and is none, and the verb that it
// looks like. None when there is no such word.
std::optional<std::string> UnknownVerb(const CLI::App& app, int argc, const char* const* argv);

// "hashlens: what is wrong; where to read more", with a newline. Of an app that has been parsed.
std::string UsageError(const CLI::App& app, const CLI::Error& error);

}  // namespace hashlens

#endif  // HASHLENS_APPS_CLI_USAGE_ERROR_H_
