#include "apps/server/tokens.h"

#include <algorithm>
#include <fstream>

#include "hashlens/library.h"

namespace hashlens {
namespace {

constexpr size_t kShortestToken = 16;
constexpr size_t kLongestToken = 512;

// Without %, which the HTTP library takes for the start of an encoded byte.
bool IsPlain(char letter) { return letter > 0x20 && letter < 0x7f && letter != '%'; }

bool StartsWithBearer(std::string_view text) {
  constexpr std::string_view kScheme = "bearer ";
  return text.size() > kScheme.size() &&
         std::equal(kScheme.begin(), kScheme.end(), text.begin(),
                    [](char a, char b) { return a == b || (b >= 'A' && b <= 'Z' && a == b + 32); });
}

}  // namespace

bool SameToken(std::string_view given, std::string_view expected) {
  unsigned differ = given.size() == expected.size() ? 0 : 1;
  const volatile char* const wanted = expected.data();
  for (size_t i = 0; i < given.size(); ++i) {
    const char other = expected.empty() ? '\0' : wanted[i % expected.size()];
    differ |= static_cast<unsigned char>(given[i] ^ other);
  }
  return differ == 0 && !expected.empty();
}

Status CheckToken(std::string_view token, std::string_view where) {
  if (token.size() >= kShortestToken && token.size() <= kLongestToken &&
      std::ranges::all_of(token, IsPlain))
    return {};
  return InvalidArgument(std::string(where) +
                         ": a token has 16 to 512 printable characters without blanks and %; "
                         "`openssl rand -hex 24` makes one");
}

Result<std::string> ReadTokenFile(const std::filesystem::path& file) {
  std::ifstream stream(file, std::ios::binary);
  if (!stream) return NotFound(PrintablePath(file) + ": the token cannot be read");
  std::string token;
  std::getline(stream, token);
  if (!token.empty() && token.back() == '\r') token.pop_back();
  if (Status status = CheckToken(token, PrintablePath(file)); !status.ok()) return status;
  return token;
}

Access Tokens::Of(std::string_view authorization) const {
  if (!any()) return Access::kWrite;
  std::string_view given;
  if (StartsWithBearer(authorization)) given = authorization.substr(7);
  // Both are compared whichever fits.
  const bool writes = SameToken(given, write_);
  const bool reads = SameToken(given, read_);
  if (writes) return Access::kWrite;
  return reads || read_.empty() ? Access::kRead : Access::kNone;
}

}  // namespace hashlens
