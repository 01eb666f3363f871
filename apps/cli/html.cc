#include "apps/cli/html.h"

#include <cerrno>
#include <fstream>
#include <system_error>

#include "hashlens/library.h"

namespace hashlens {

std::string EscapedHtml(const std::string& text) {
  std::string out;
  for (const char c : text) {
    switch (c) {
      case '&':
        out += "&amp;";
        break;
      case '<':
        out += "&lt;";
        break;
      case '>':
        out += "&gt;";
        break;
      case '"':
        out += "&quot;";
        break;
      default:
        out += c;
    }
  }
  return out;
}

Status WritePage(const std::filesystem::path& file, const std::string& html) {
  errno = 0;
  std::ofstream out(file, std::ios::binary);
  out << html;
  out.close();
  if (out) return {};
  return IoError("writing " + PrintablePath(file) + ": " + std::generic_category().message(errno));
}

}  // namespace hashlens
