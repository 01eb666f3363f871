#include "source/key_name.h"

#include "base/text.h"

namespace hashlens {
namespace {

constexpr char kEmptyKey[] = "%";

// Whether parts between slashes are all names: neither empty nor "." or "..".
bool IsPlainPath(std::string_view key) {
  for (;;) {
    const size_t end = key.find('/');
    const std::string_view part = key.substr(0, end);
    if (part.empty() || part == "." || part == "..") return false;
    if (end == std::string_view::npos) return true;
    key.remove_prefix(end + 1);
  }
}

void PutEscaped(char c, std::string* name) {
  constexpr char kDigits[] = "0123456789ABCDEF";
  const auto byte = static_cast<unsigned char>(c);
  *name += '%';
  *name += kDigits[byte >> 4];
  *name += kDigits[byte & 15];
}

int HexDigit(char c) {
  if (c >= '0' && c <= '9') return c - '0';
  return c >= 'A' && c <= 'F' ? c - 'A' + 10 : -1;
}

}  // namespace

std::string NameOfKey(std::string_view key) {
  if (key.empty()) return kEmptyKey;
  const bool plain = IsPlainPath(key);
  const bool utf8 = IsUtf8(key);
  const bool dots = key == "." || key == "..";
  std::string name;
  for (const char c : key) {
    const auto byte = static_cast<unsigned char>(c);
    const bool escape = c == '%' || byte < 0x20 || byte == 0x7f || (byte >= 0x80 && !utf8) ||
                        (c == '/' && !plain) || (c == '.' && dots);
    if (escape) {
      PutEscaped(c, &name);
    } else {
      name += c;
    }
  }
  return name;
}

std::optional<std::string> KeyOfName(std::string_view name) {
  if (name == kEmptyKey) return std::string();
  std::string key;
  for (size_t i = 0; i < name.size(); ++i) {
    if (name[i] != '%') {
      key += name[i];
      continue;
    }
    if (name.size() - i < 3) return std::nullopt;
    const int high = HexDigit(name[i + 1]);
    const int low = HexDigit(name[i + 2]);
    if (high < 0 || low < 0) return std::nullopt;
    key += static_cast<char>(high * 16 + low);
    i += 2;
  }
  return NameOfKey(key) == name ? std::optional(key) : std::nullopt;
}

}  // namespace hashlens
