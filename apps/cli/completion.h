// Scripts that let shells complete hashlens' command lines.
#ifndef HASHLENS_APPS_CLI_COMPLETION_H_
#define HASHLENS_APPS_CLI_COMPLETION_H_

#include <string>
#include <string_view>

#include "apps/cli/verb_tree.h"

namespace hashlens {

// Each is a whole script for the shell that it is named after: verbs, options, the words that an
// option chooses among, and files where a file is wanted.
std::string BashCompletion(const VerbText& tree);
std::string ZshCompletion(const VerbText& tree);
std::string FishCompletion(const VerbText& tree);

// 'text' as one word of a shell; bash and zsh read it alike.
std::string ShellQuoted(std::string_view text);

}  // namespace hashlens

#endif  // HASHLENS_APPS_CLI_COMPLETION_H_
