#include "base/name_form.h"

#include <glib.h>

#include <algorithm>
#include <memory>
#include <string_view>
#include <system_error>

namespace hashlens {
namespace {

// Empty for what is not UTF-8.
std::string Composed(const std::string& name) {
  const std::unique_ptr<char, decltype(&g_free)> composed(
      g_utf8_normalize(name.data(), static_cast<gssize>(name.size()), G_NORMALIZE_NFC), g_free);
  return composed == nullptr ? std::string() : std::string(composed.get());
}

bool IsAscii(std::string_view text) {
  return std::ranges::all_of(text, [](char c) { return static_cast<unsigned char>(c) < 0x80; });
}

}  // namespace

std::string OtherFormHint(const Path& missing) {
  if (IsAscii(missing.native())) return {};
  std::error_code error;  // as if it were not there
  Path folder;
  for (const Path& step : missing) {
    const Path place = folder / step;
    if (std::filesystem::exists(std::filesystem::symlink_status(place, error))) {
      folder = place;
      continue;
    }
    const std::string wanted = IsAscii(step.native()) ? std::string() : Composed(step.native());
    if (wanted.empty()) return {};
    const auto names = ListFolder(folder.empty() ? Path(".") : folder);
    if (!names.ok()) return {};
    for (const std::string& name : *names) {
      if (name != step.native() && !IsAscii(name) && Composed(name) == wanted) {
        return "; " + Printable(folder.empty() ? Path(name) : folder / name) +
               " is there, which looks the same in another form of Unicode (NFC and NFD): copy the "
               "name from there, or let the shell complete it";
      }
    }
    return {};
  }
  return {};
}

}  // namespace hashlens
