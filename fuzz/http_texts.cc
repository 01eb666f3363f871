// Parts of requests that are read before the HTTP library or beside it (apps/server). The input is
// one header's value, or the head of a request.
#include <vector>

#include "apps/server/address.h"
#include "apps/server/byte_range.h"
#include "apps/server/head_check.h"
#include "apps/server/tokens.h"
#include "apps/server/uploads.h"
#include "fuzz/input.h"
#include "fuzz/target.h"

namespace hashlens {
namespace {

void CheckHead(std::string_view text) {
  const bool whole = HeadCheck().Take(text);
  HeadCheck by_bytes;
  bool taken = true;
  for (size_t i = 0; taken && i < text.size(); ++i) taken = by_bytes.Take(text.substr(i, 1));
  Require(taken == whole, "a head is the same in pieces");
  const size_t end = text.find("\r\n\r\n");
  if (whole && end != text.npos) {
    const std::string_view head = text.substr(0, end);
    Require(head.find('\0') == head.npos, "a head holds no NUL");
    Require(head.find("\n ") == head.npos && head.find("\n\t") == head.npos, "no line goes on");
  }
}

void CheckRange(std::string_view text) {
  for (const uint64_t size : {uint64_t{0}, uint64_t{1}, uint64_t{1000}, UINT64_MAX}) {
    const ByteRange range = ParseRange(text, size);
    if (range.kind != ByteRange::Kind::kPart) continue;
    Require(range.length > 0 && range.first < size && range.length <= size - range.first,
            "a range lies in the file");
  }
}

void CheckAddress(std::string_view text) {
  const auto address = ParseAddress(std::string(text));
  if (!address.ok()) return;
  Require(address->port >= 0 && address->port < 65'536 && !address->host.empty(),
          "an address has a host and a port");
  UrlOf(*address);
}

void FuzzHttpTexts(ByteSpan input) {
  const std::string_view text = TextOfInput(input);
  CheckHead(text);
  CheckRange(text);
  CheckAddress(text);
  const std::vector<std::string> names = {"pictures.example", "[2001:db8::1]:80"};
  IsOwnHost(text, names);
  IsForeign(text, "localhost");
  const Tokens tokens("0123456789abcdef", "fedcba9876543210");
  if (tokens.Of(text) != Access::kNone)
    Require(text.ends_with("0123456789abcdef") || text.ends_with("fedcba9876543210"),
            "only a token opens");
  const std::string name = SafeName(text);
  Require(!name.empty() && name.front() != '.' && name.find('/') == name.npos &&
              name.find('\0') == name.npos && name.size() <= 87,
          "an upload's name is a plain one");
}

const FuzzTarget kHttpTexts("http_texts", FuzzHttpTexts);

}  // namespace
}  // namespace hashlens
