// What is said of a command line that makes no sense.
#ifndef HASHLENS_APPS_CLI_USAGE_ERROR_H_
#define HASHLENS_APPS_CLI_USAGE_ERROR_H_

#include <optional>
#include <string>
#include <vector>

#include "apps/cli/command.h"
#include "hashlens/status.h"

namespace hashlens {

// The verb of a group, or of the program, that has this name; null when there is none.
const Command* FindVerb(const Command& group, const std::string& name);

// Names the first word that stands where a verb belongs and is none, and the verb that it looks
// like. None when there is no such word. `words` are what follows the program's name.
std::optional<Status> UnknownVerb(const Command& program, const std::vector<std::string>& words);

// "hashlens: PROBLEM; where to read more", with a newline; how to start when there are no words.
// `program` has parsed the words; `problem` is what the parser says of them, which is told when
// neither an unknown verb or option nor a missing verb is the reason.
std::string UsageError(const Command& program, const std::vector<std::string>& words,
                       const std::string& problem);

}  // namespace hashlens

#endif  // HASHLENS_APPS_CLI_USAGE_ERROR_H_
