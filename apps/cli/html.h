// What the pages that the program writes have in common.
#ifndef HASHLENS_APPS_CLI_HTML_H_
#define HASHLENS_APPS_CLI_HTML_H_

#include <filesystem>
#include <string>

#include "hashlens/status.h"

namespace hashlens {

// Text for HTML and SVG, also inside quotes.
std::string EscapedHtml(const std::string& text);

// kIoError says why.
Status WritePage(const std::filesystem::path& file, const std::string& html);

}  // namespace hashlens

#endif  // HASHLENS_APPS_CLI_HTML_H_
