// What the pages that the program writes have in common.
#ifndef HASHLENS_APPS_CLI_HTML_H_
#define HASHLENS_APPS_CLI_HTML_H_

#include <filesystem>
#include <string>
#include <vector>

#include "hashlens/status.h"

namespace hashlens {

// Text for HTML and SVG, also inside quotes.
std::string EscapedHtml(const std::string& text);

// Everything up to the page's first heading, and what ends it.
std::string PageStart(const std::string& title);
std::string PageEnd();

// Text in rows of the same length, the first the headings.
std::string TableHtml(const std::vector<std::vector<std::string>>& table);

// kIoError says why.
Status WritePage(const std::filesystem::path& file, const std::string& html);

}  // namespace hashlens

#endif  // HASHLENS_APPS_CLI_HTML_H_
