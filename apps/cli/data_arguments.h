// Options of verbs that read databases and labelled pictures.
#ifndef HASHLENS_APPS_CLI_DATA_ARGUMENTS_H_
#define HASHLENS_APPS_CLI_DATA_ARGUMENTS_H_

#include <CLI/CLI.hpp>

#include "hashlens/data_options.h"

namespace hashlens {

// --dataset, --labels, --rgb, --root.
void AddDataOptions(CLI::App* verb, DataOptions* options);

}  // namespace hashlens

#endif  // HASHLENS_APPS_CLI_DATA_ARGUMENTS_H_
