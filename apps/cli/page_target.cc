#include "apps/cli/page_target.h"

#include <algorithm>
#include <fstream>
#include <string>

#include "hashlens/library.h"

namespace hashlens {
namespace {

constexpr size_t kSniffBytes = 256;

bool IsPage(const std::filesystem::path& file) {
  std::string start(kSniffBytes, '\0');
  std::ifstream in(file, std::ios::binary);
  in.read(start.data(), static_cast<std::streamsize>(start.size()));
  start.resize(static_cast<size_t>(in.gcount()));
  std::transform(start.begin(), start.end(), start.begin(),
                 [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c; });
  const size_t text = start.find_first_not_of(" \t\r\n");
  if (text == std::string::npos) return true;  // empty
  return start.compare(text, 14, "<!doctype html") == 0 || start.compare(text, 5, "<html") == 0;
}

}  // namespace

Status RequirePageTarget(const std::filesystem::path& file) {
  std::error_code error;  // what cannot be looked at is reported by who writes it
  if (!std::filesystem::is_regular_file(file, error) || IsPage(file)) return {};
  return InvalidArgument(PrintablePath(file) +
                         ": is there and no HTML page; --html does not overwrite it");
}

}  // namespace hashlens
