#include "decode/png_exif.h"

#include <zlib.h>

#include <cstring>
#include <optional>
#include <string>
#include <string_view>

namespace hashlens {
namespace {

using std::string_view_literals::operator""sv;

// More text than any EXIF block takes: two digits a byte of 64 KB, and line ends.
constexpr size_t kMostText = 1 << 18;

std::string_view AsText(ByteSpan bytes) {
  return {reinterpret_cast<const char*>(bytes.data()), bytes.size()};
}

// What a zlib stream holds, up to kMostText bytes.
std::string Inflate(std::string_view packed) {
  std::string text(kMostText, '\0');
  auto size = static_cast<uLongf>(text.size());
  const int done = ::uncompress(reinterpret_cast<Bytef*>(text.data()), &size,
                                reinterpret_cast<const Bytef*>(packed.data()),
                                static_cast<uLong>(packed.size()));
  text.resize(done == Z_OK ? size : 0);
  return text;
}

// The text of tEXt, zTXt or iTXt when its keyword names a raw EXIF profile.
std::string RawProfile(std::string_view type, std::string_view chunk) {
  const size_t end = chunk.find('\0');
  if (end == chunk.npos) return "";
  const std::string_view keyword = chunk.substr(0, end);
  if (keyword != "Raw profile type exif" && keyword != "Raw profile type APP1") return "";
  chunk.remove_prefix(end + 1);
  if (type == "tEXt") return std::string(chunk.substr(0, kMostText));
  if (type == "zTXt") return chunk.empty() ? "" : Inflate(chunk.substr(1));
  if (chunk.size() < 2) return "";
  const bool packed = chunk[0] != 0;
  chunk.remove_prefix(2);
  for (int field = 0; field < 2; ++field) {  // language, translated keyword
    const size_t field_end = chunk.find('\0');
    if (field_end == chunk.npos) return "";
    chunk.remove_prefix(field_end + 1);
  }
  return packed ? Inflate(chunk) : std::string(chunk.substr(0, kMostText));
}

int Digit(char c) {
  if (c >= '0' && c <= '9') return c - '0';
  if (c >= 'a' && c <= 'f') return c - 'a' + 10;
  if (c >= 'A' && c <= 'F') return c - 'A' + 10;
  return -1;
}

// "\nexif\n    1234\n" and the bytes as digits of base 16, with line ends between them.
std::vector<std::byte> FromDigits(std::string_view text) {
  std::vector<std::byte> bytes;
  const auto skip_line = [&text] {
    text.remove_prefix(std::min(text.find('\n'), text.size() - 1) + 1);
  };
  while (!text.empty() && text.front() == '\n') text.remove_prefix(1);
  if (!text.empty()) skip_line();  // its name
  if (!text.empty()) skip_line();  // how many bytes there are
  int high = -1;
  for (const char c : text) {
    const int digit = Digit(c);
    if (digit < 0) continue;
    if (high < 0) {
      high = digit;
    } else {
      bytes.push_back(static_cast<std::byte>(high << 4 | digit));
      high = -1;
    }
  }
  return bytes;
}

}  // namespace

std::vector<std::byte> PngExif(ByteSpan file) {
  constexpr size_t kSignatureBytes = 8, kAround = 12;  // length, type, checksum
  for (size_t at = kSignatureBytes; at + kAround <= file.size();) {
    const uint32_t length = LoadBigEndian<uint32_t>(file.data() + at);
    if (length > file.size() - at - kAround) return {};
    const std::string_view type = AsText(file.subspan(at + 4, 4));
    const ByteSpan chunk = file.subspan(at + 8, length);
    if (type == "eXIf") return {chunk.begin(), chunk.end()};
    if (type == "tEXt" || type == "zTXt" || type == "iTXt") {
      const std::string profile = RawProfile(type, AsText(chunk));
      if (!profile.empty()) return FromDigits(profile);
    }
    if (type == "IEND") return {};
    at += kAround + length;
  }
  return {};
}

}  // namespace hashlens
