#include "image/jpeg_header.h"

#include <algorithm>
#include <array>
#include <cstring>
#include <string>
#include <string_view>

#include "base/exif_orientation.h"
#include "base/try.h"

namespace hashlens {
namespace {

using std::string_view_literals::operator""sv;

constexpr int kStartOfImage = 0xd8, kEndOfImage = 0xd9, kStartOfScan = 0xda;
constexpr int kApp1 = 0xe1, kApp2 = 0xe2;

uint32_t U8(ByteSpan bytes, size_t at) { return std::to_integer<uint32_t>(bytes[at]); }
uint32_t U16(ByteSpan bytes, size_t at) { return LoadBigEndian<uint16_t>(bytes.data() + at); }

bool StartsWith(ByteSpan bytes, std::string_view prefix) {
  return bytes.size() >= prefix.size() &&
         std::memcmp(bytes.data(), prefix.data(), prefix.size()) == 0;
}

// SOF0..SOF15; C4, C8 and CC are tables and extensions.
bool IsFrame(int marker) {
  return marker >= 0xc0 && marker <= 0xcf && marker != 0xc4 && marker != 0xc8 && marker != 0xcc;
}
bool IsArithmetic(int marker) { return marker >= 0xc9; }
bool HasNoPayload(int marker) {
  return marker == 0x01 || (marker >= 0xd0 && marker <= kEndOfImage);  // TEM, RSTn, SOI, EOI
}

class Walker {
 public:
  explicit Walker(ByteSpan file) : file_(file) {}

  Result<JpegHeader> Walk() {
    at_ = 2;  // start of image, which the caller has seen
    for (;;) {
      HL_ASSIGN(const int marker, NextMarker());
      if (marker == kEndOfImage) break;
      if (HasNoPayload(marker)) continue;
      if (file_.size() - at_ < 2) return Truncated();
      const size_t length = U16(file_, at_);
      if (length < 2) return Corruption("jpeg: marker segment with an impossible length");
      if (length > file_.size() - at_) return Truncated();
      HL_TRY(Segment(marker, file_.subspan(at_ + 2, length - 2)));
      at_ += length;
    }
    if (header_.scans == 0) return Corruption("jpeg: no pixels before the end of the image");
    header_.icc = JoinProfile();
    return std::move(header_);
  }

 private:
  static Status Truncated() { return Corruption("jpeg: the file ends before the picture does"); }

  // Moves past the next marker, over entropy-coded data and stray bytes alike.
  Result<int> NextMarker() {
    while (at_ < file_.size()) {
      const void* found = std::memchr(file_.data() + at_, 0xff, file_.size() - at_);
      if (found == nullptr) break;
      at_ = static_cast<size_t>(static_cast<const std::byte*>(found) - file_.data()) + 1;
      while (at_ < file_.size() && U8(file_, at_) == 0xff) ++at_;  // fill bytes
      if (at_ == file_.size()) break;
      const int marker = static_cast<int>(U8(file_, at_++));
      if (marker != 0) return marker;  // FF 00 is a data byte of FF
    }
    return Truncated();
  }

  Status Segment(int marker, ByteSpan payload) {
    if (IsFrame(marker)) return Frame(marker, payload);
    if (marker == kStartOfScan) {
      if (header_.components == 0) return Corruption("jpeg: pixels before the frame header");
      ++header_.scans;
    } else if (marker == kApp1 && !seen_exif_ && StartsWith(payload, "Exif\0\0"sv)) {
      seen_exif_ = true;
      header_.orientation = ExifOrientation(payload);
    } else if (marker == kApp2 && StartsWith(payload, "ICC_PROFILE\0"sv) && payload.size() > 14) {
      const size_t number = U8(payload, 12);
      profile_parts_ = std::max<size_t>(profile_parts_, U8(payload, 13));
      if (number > 0) profile_[number - 1] = payload.subspan(14);
    }
    return {};
  }

  Status Frame(int marker, ByteSpan payload) {
    if (header_.components != 0) return Corruption("jpeg: two frame headers");
    if (payload.size() < 6) return Corruption("jpeg: frame header too short");
    const uint64_t height = U16(payload, 1), width = U16(payload, 3), components = U8(payload, 5);
    if (width == 0 || height == 0 || components == 0) return Corruption("jpeg: empty picture");
    if (payload.size() < 6 + 3 * components) return Corruption("jpeg: frame header too short");
    uint64_t max_across = 1, max_down = 1, blocks = 0;
    for (size_t i = 0; i < components; ++i) {
      max_across = std::max<uint64_t>(max_across, U8(payload, 7 + 3 * i) >> 4);
      max_down = std::max<uint64_t>(max_down, U8(payload, 7 + 3 * i) & 15);
    }
    for (size_t i = 0; i < components; ++i) {
      const uint64_t across = U8(payload, 7 + 3 * i) >> 4, down = U8(payload, 7 + 3 * i) & 15;
      blocks += (width * across / max_across / 8) * (height * down / max_down / 8);
    }
    header_.width = static_cast<int>(width);
    header_.height = static_cast<int>(height);
    header_.components = static_cast<int>(components);
    // A Huffman code is at least one bit long, and every block has at least one.
    if (!IsArithmetic(marker) && blocks / 8 > file_.size()) return Truncated();
    return {};
  }

  // T.81 has no profiles; ICC.1 annex B.4 splits them into numbered parts. Empty unless all are
  // there.
  std::vector<std::byte> JoinProfile() const {
    std::vector<std::byte> joined;
    for (size_t i = 0; i < profile_parts_; ++i) {
      if (profile_[i].empty()) return {};
      joined.insert(joined.end(), profile_[i].begin(), profile_[i].end());
    }
    return joined;
  }

  const ByteSpan file_;
  size_t at_ = 0;
  JpegHeader header_;
  bool seen_exif_ = false;
  size_t profile_parts_ = 0;
  std::array<ByteSpan, 255> profile_;
};

}  // namespace

Result<JpegHeader> ReadJpegHeader(ByteSpan file) {
  if (file.size() < 4 || U8(file, 0) != 0xff || U8(file, 1) != kStartOfImage) {
    return Corruption("jpeg: no start of image");
  }
  return Walker(file).Walk();
}

}  // namespace hashlens
