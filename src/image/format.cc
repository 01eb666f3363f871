#include "image/format.h"

#include <algorithm>
#include <array>
#include <string>

#include "image/decode_pool.h"

namespace hashlens {
namespace {

using std::string_view_literals::operator""sv;

// A bitmap file header is only "BM" and free fields: the size of the header after it must be one
// of those that exist, or else every text that starts with BM would be a picture.
bool IsBmp(std::string_view bytes) {
  if (!bytes.starts_with("BM") || bytes.size() < 18) return false;
  const auto header_bytes =
      LoadLittleEndian<uint32_t>(reinterpret_cast<const std::byte*>(bytes.data()) + 14);
  constexpr std::array<uint32_t, 7> kHeaderBytes = {12, 40, 52, 56, 64, 108, 124};
  return std::find(kHeaderBytes.begin(), kHeaderBytes.end(), header_bytes) != kHeaderBytes.end();
}

// "P5" must be followed by white space and then a number or a comment ("Pf": a number).
bool IsPnm(std::string_view bytes) {
  constexpr auto kSpace = " \t\n\r"sv;
  if (bytes.size() < 4 || bytes[0] != 'P' || "123456Ff"sv.find(bytes[1]) == bytes.npos)
    return false;
  const size_t next = bytes.find_first_not_of(kSpace, 2);
  if (next == bytes.npos || (next == 2 && bytes[2] != '#')) return false;
  return bytes[next] == '#' || (bytes[next] >= '0' && bytes[next] <= '9');
}

// ISO base media file: the major brand decides; the two general ones look at the compatible brands.
std::optional<ImageFormat> SniffIsoMedia(std::string_view bytes) {
  if (bytes.size() < 16 || bytes.substr(4, 4) != "ftyp") return std::nullopt;
  const auto major = bytes.substr(8, 4);
  if (major == "avif" || major == "avis") return ImageFormat::kAvif;
  constexpr std::array kHeif = {"heic"sv, "heix"sv, "hevc"sv, "hevx"sv, "heim"sv, "heis"sv};
  if (std::find(kHeif.begin(), kHeif.end(), major) != kHeif.end()) return ImageFormat::kHeif;
  if (major != "mif1" && major != "msf1") return std::nullopt;
  const size_t box_bytes = static_cast<uint8_t>(bytes[3]);
  for (size_t at = 16; at + 4 <= std::min(bytes.size(), box_bytes); at += 4) {
    const auto brand = bytes.substr(at, 4);
    if (brand == "avif" || brand == "avis") return ImageFormat::kAvif;
  }
  return ImageFormat::kHeif;
}

}  // namespace

std::optional<ImageFormat> SniffFormat(ByteSpan start_of_file) {
  const size_t size = std::min<size_t>(start_of_file.size(), 64);
  const std::string_view bytes(reinterpret_cast<const char*>(start_of_file.data()), size);
  if (bytes.starts_with("\xff\xd8\xff"sv)) return ImageFormat::kJpeg;
  if (bytes.starts_with("\x89PNG\r\n\x1a\n"sv)) return ImageFormat::kPng;
  if (bytes.starts_with("GIF87a"sv) || bytes.starts_with("GIF89a"sv)) return ImageFormat::kGif;
  if (bytes.starts_with("RIFF"sv) && size >= 12 && bytes.substr(8, 4) == "WEBP") {
    return ImageFormat::kWebp;
  }
  for (const auto magic : {"II*\0"sv, "MM\0*"sv, "II+\0"sv, "MM\0+"sv}) {
    if (bytes.starts_with(magic)) return ImageFormat::kTiff;
  }
  if (bytes.starts_with("\0\0\0\x0cjP  \r\n\x87\n"sv) || bytes.starts_with("\xff\x4f\xff\x51"sv)) {
    return ImageFormat::kJpeg2000;
  }
  if (bytes.starts_with("\0\0\0\x0cJXL \r\n\x87\n"sv) || bytes.starts_with("\xff\x0a"sv)) {
    return ImageFormat::kJxl;
  }
  if (IsBmp(bytes)) return ImageFormat::kBmp;
  if (IsPnm(bytes)) return ImageFormat::kPnm;
  return SniffIsoMedia(bytes);
}

std::vector<FormatSupport> SupportedFormats() {
  const auto hello = DecodePool::Shared().Hello();
  const uint64_t known = hello.ok() ? hello->formats : 0;
  std::vector<FormatSupport> support;
  for (const ImageFormat format : kImageFormats) {
    const bool decodable = (known >> static_cast<int>(format) & 1) != 0;
    if (format == ImageFormat::kJpeg) {
      support.push_back({format, true, "libjpeg-turbo"});
    } else if (format == ImageFormat::kBmp) {
      support.push_back({format, decodable, "libvips (ImageMagick)"});
    } else {
      support.push_back({format, decodable, "libvips"});
    }
  }
  return support;
}

}  // namespace hashlens
