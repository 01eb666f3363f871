// Options of verbs that read databases and labelled pictures.
#ifndef HASHLENS_APPS_CLI_DATA_ARGUMENTS_H_
#define HASHLENS_APPS_CLI_DATA_ARGUMENTS_H_

#include "apps/cli/command.h"
#include "hashlens/data_options.h"

namespace hashlens {

// --dataset, --labels, --rgb, --root.
void AddDataOptions(Command* verb, DataOptions* options);

}  // namespace hashlens

#endif  // HASHLENS_APPS_CLI_DATA_ARGUMENTS_H_
