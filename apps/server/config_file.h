// The settings of a configuration file, in TOML: keys are named as the options are.
#ifndef HASHLENS_APPS_SERVER_CONFIG_FILE_H_
#define HASHLENS_APPS_SERVER_CONFIG_FILE_H_

#include <filesystem>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "hashlens/status.h"

namespace hashlens {

// Values as the command line would have them; lists have several.
using Settings = std::map<std::string, std::vector<std::string>>;

// kInvalidArgument with the line for what is no TOML, and for tables and other values that no
// option has.
Result<Settings> ParseSettings(std::string_view toml, std::string_view name);
Result<Settings> ReadSettings(const std::filesystem::path& file);

}  // namespace hashlens

#endif  // HASHLENS_APPS_SERVER_CONFIG_FILE_H_
