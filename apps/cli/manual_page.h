// The manual in files: a man page and a page of Markdown for each verb.
#ifndef HASHLENS_APPS_CLI_MANUAL_PAGE_H_
#define HASHLENS_APPS_CLI_MANUAL_PAGE_H_

#include <string>

#include "apps/cli/verb_tree.h"

namespace hashlens {

// "hashlens-model-fit"; "hashlens" of the whole program.
std::string PageName(const VerbText& verb);

// Of section 1, in the macros of man(7).
std::string ManPage(const VerbText& verb, const VerbText& tree, const std::string& version);

// The same as Markdown; other verbs are linked as NAME.md in the same folder.
std::string MarkdownPage(const VerbText& verb);

}  // namespace hashlens

#endif  // HASHLENS_APPS_CLI_MANUAL_PAGE_H_
