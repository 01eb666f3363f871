#include "base/shell_word.h"

#include <string_view>

#include "base/text.h"

namespace hashlens {
namespace {

bool IsPlain(std::string_view text) {
  constexpr std::string_view kPlain =
      "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_-./,:+@";
  return !text.empty() && text.find_first_not_of(kPlain) == std::string_view::npos;
}

}  // namespace

std::string ShellWord(const std::filesystem::path& path) {
  const std::string text = (path.native().starts_with('-') ? "./" : "") + path.native();
  if (IsPlain(text)) return text;
  const bool printable = Printable(std::string_view(text)) == text;
  std::string quoted = printable ? "'" : "$'";
  for (size_t i = 0; i < text.size(); ++i) {
    const char letter = text[i];
    if (printable) {
      quoted += letter == '\'' ? "'\\''" : std::string(1, letter);
    } else if (letter < 0x20 || letter >= 0x7f) {
      quoted += "\\x" + ToHex(AsBytes(std::string_view(text).substr(i, 1)));
    } else {
      quoted +=
          letter == '\'' || letter == '\\' ? "\\" + std::string(1, letter) : std::string(1, letter);
    }
  }
  return quoted + "'";
}

}  // namespace hashlens
