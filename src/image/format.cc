#include "image/format.h"

#include <algorithm>
#include <array>
#include <string>

#include "image/decode_pool.h"

namespace hashlens {
namespace {

using std::string_view_literals::operator""sv;

// A bitmap file header is only "BM" and free fields: the size of the header after it must be one
// of those that exist, or else every text that starts with BM would be a picture. OS/2 puts an
// array's header of 14 bytes before the first of several bitmaps.
bool IsBmp(std::string_view bytes) {
  constexpr size_t kArrayHeaderBytes = 14;
  if (bytes.starts_with("BA") && bytes.size() > kArrayHeaderBytes)
    bytes.remove_prefix(kArrayHeaderBytes);
  if (!bytes.starts_with("BM") || bytes.size() < 18) return false;
  const auto header_bytes =
      LoadLittleEndian<uint32_t>(reinterpret_cast<const std::byte*>(bytes.data()) + 14);
  constexpr std::array<uint32_t, 8> kHeaderBytes = {12, 16, 40, 52, 56, 64, 108, 124};
  return std::find(kHeaderBytes.begin(), kHeaderBytes.end(), header_bytes) != kHeaderBytes.end();
}

constexpr auto kSpace = " \t\n\r"sv;

// "P5" must be followed by white space and then a number or a comment ("Pf": a number), "P7" by the
// first line of its header.
bool IsPnm(std::string_view bytes) {
  if (bytes.starts_with("P7\n"sv) || bytes.starts_with("P7\r\n"sv)) {
    const size_t word = bytes.find_first_not_of(kSpace, 2);
    if (word == bytes.npos) return false;
    constexpr std::array kWords = {"WIDTH"sv,  "HEIGHT"sv,   "DEPTH"sv,
                                   "MAXVAL"sv, "TUPLTYPE"sv, "#"sv};
    return std::ranges::any_of(
        kWords, [&](std::string_view name) { return bytes.substr(word).starts_with(name); });
  }
  if (bytes.size() < 4 || bytes[0] != 'P' || "123456Ff"sv.find(bytes[1]) == bytes.npos)
    return false;
  const size_t next = bytes.find_first_not_of(kSpace, 2);
  if (next == bytes.npos || (next == 2 && bytes[2] != '#')) return false;
  return bytes[next] == '#' || (bytes[next] >= '0' && bytes[next] <= '9');
}

uint32_t At(std::string_view bytes, size_t at, size_t count) {
  uint32_t value = 0;
  for (size_t i = count; i-- > 0;) value = value << 8 | static_cast<uint8_t>(bytes[at + i]);
  return value;
}

// Nothing but the sense of its header marks a TGA.
bool IsTga(std::string_view bytes) {
  if (bytes.size() < 18) return false;
  const uint32_t map = At(bytes, 1, 1), kind = At(bytes, 2, 1), bits = At(bytes, 16, 1);
  const uint32_t map_bits = At(bytes, 7, 1), descriptor = At(bytes, 17, 1);
  const bool with_map = kind == 1 || kind == 9;
  if (!with_map && kind != 2 && kind != 3 && kind != 10 && kind != 11) return false;
  const bool map_fits =
      with_map ? map == 1 && At(bytes, 5, 2) > 0 && At(bytes, 5, 2) <= 4096 &&
                     (map_bits == 15 || map_bits == 16 || map_bits == 24 || map_bits == 32)
               : map == 0 && At(bytes, 3, 4) == 0;
  const bool grey = kind == 3 || kind == 11;
  const bool bits_fit = with_map || grey ? bits == 8 || (bits == 16 && !with_map)
                                         : bits == 15 || bits == 16 || bits == 24 || bits == 32;
  const uint32_t alpha_bits = descriptor & 15;
  const bool alpha_fits = alpha_bits == 0 || alpha_bits == 1 || alpha_bits == 8;
  return map_fits && bits_fit && alpha_fits && (descriptor & 0xc0) == 0 && At(bytes, 12, 2) > 0 &&
         At(bytes, 14, 2) > 0;
}

// A number of pictures, and a first one whose fields make sense. Icons (1) and cursors (2).
bool IsIco(std::string_view bytes) {
  if (bytes.size() < 22 || At(bytes, 0, 2) != 0) return false;
  const uint32_t kind = At(bytes, 2, 2), count = At(bytes, 4, 2);
  return (kind == 1 || kind == 2) && count > 0 && count <= 256 && bytes[9] == 0 &&
         At(bytes, 14, 4) > 8 && At(bytes, 18, 4) >= 6 + 16 * count;
}

// An SVG element, after white space, a byte order mark and what XML allows before it.
bool IsSvg(std::string_view bytes) {
  if (bytes.starts_with("\xef\xbb\xbf"sv)) bytes.remove_prefix(3);
  bytes.remove_prefix(std::min(bytes.find_first_not_of(kSpace), bytes.size()));
  if (!bytes.starts_with('<')) return false;
  for (size_t at = bytes.find("<svg"sv); at != bytes.npos; at = bytes.find("<svg"sv, at + 1)) {
    if (at + 4 < bytes.size() &&
        (bytes[at + 4] == '>' || kSpace.find(bytes[at + 4]) != kSpace.npos))
      return bytes.starts_with("<svg"sv) || bytes.starts_with("<?xml"sv) ||
             bytes.starts_with("<!--"sv) || bytes.starts_with("<!DOCTYPE svg"sv);
  }
  return false;
}

// Raw pictures of cameras that are not TIFF to the letter; the others are told by their tags.
bool IsRaw(std::string_view bytes) {
  for (const auto magic : {"IIRO"sv, "IIRS"sv, "MMOR"sv, "IIU\0"sv, "FUJIFILMCCD-RAW"sv}) {
    if (bytes.starts_with(magic)) return true;
  }
  return bytes.size() >= 12 && (bytes.substr(4, 8) == "ftypcrx "sv ||
                                (bytes.starts_with("II*\0"sv) && bytes.substr(8, 2) == "CR"sv));
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
  const size_t size = std::min(start_of_file.size(), kSniffBytes);
  const std::string_view bytes(reinterpret_cast<const char*>(start_of_file.data()), size);
  if (bytes.starts_with("\xff\xd8\xff"sv)) return ImageFormat::kJpeg;
  if (bytes.starts_with("\x89PNG\r\n\x1a\n"sv)) return ImageFormat::kPng;
  if (bytes.starts_with("GIF87a"sv) || bytes.starts_with("GIF89a"sv)) return ImageFormat::kGif;
  if (bytes.starts_with("RIFF"sv) && size >= 12 && bytes.substr(8, 4) == "WEBP") {
    return ImageFormat::kWebp;
  }
  if (IsRaw(bytes)) return ImageFormat::kRaw;
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
  if (bytes.starts_with("qoif"sv)) return ImageFormat::kQoi;
  if (bytes.starts_with("8BPS\0\1"sv) || bytes.starts_with("8BPS\0\2"sv)) return ImageFormat::kPsd;
  if (bytes.starts_with("\x76\x2f\x31\x01"sv)) return ImageFormat::kExr;
  if (bytes.starts_with("#?RADIANCE"sv) || bytes.starts_with("#?RGBE"sv)) return ImageFormat::kHdr;
  if (bytes.starts_with("%PDF-"sv)) return ImageFormat::kPdf;
  if (IsSvg(bytes)) return ImageFormat::kSvg;
  if (IsIco(bytes)) return ImageFormat::kIco;
  if (const auto format = SniffIsoMedia(bytes)) return format;
  if (IsTga(bytes)) return ImageFormat::kTga;
  return std::nullopt;
}

namespace {

struct About {
  std::string_view reader, left_out;
};

About AboutFormat(ImageFormat format) {
  switch (format) {
    case ImageFormat::kJpeg:
      return {"libjpeg-turbo", "of several pictures in a file the first"};
    case ImageFormat::kPng:
      return {"libvips (libspng)", "animation: the first picture"};
    case ImageFormat::kWebp:
      return {"libvips (libwebp)", "animation: the first picture"};
    case ImageFormat::kGif:
      return {"libvips (libnsgif)", "animation: the first picture"};
    case ImageFormat::kTiff:
      return {"libvips (libtiff)", "pages after the first; raw pictures go to LibRaw"};
    case ImageFormat::kBmp:
      return {"hashlens", "Huffman, JPEG and PNG inside"};
    case ImageFormat::kPnm:
      return {"hashlens", "pictures after the first"};
    case ImageFormat::kHeif:
      return {"libvips (libheif)", "pictures beside the main one, depth"};
    case ImageFormat::kAvif:
      return {"libavif", "pictures beside the main one, sequences: the first picture"};
    case ImageFormat::kJpeg2000:
      return {"OpenJPEG", "Lab colours"};
    case ImageFormat::kJxl:
      return {"libjxl", "animation: the first picture"};
    case ImageFormat::kQoi:
    case ImageFormat::kTga:
      return {"hashlens", ""};
    case ImageFormat::kIco:
      return {"hashlens", "all but the largest picture"};
    case ImageFormat::kPsd:
      return {"hashlens", "layers: the flat picture; Lab, ZIP"};
    case ImageFormat::kExr:
      return {"OpenEXR", "layers and parts after the first"};
    case ImageFormat::kHdr:
      return {"libvips", ""};
    case ImageFormat::kSvg:
      return {"libvips (librsvg)", "fonts of the machine, other files, animation"};
    case ImageFormat::kPdf:
      return {"libvips (Poppler)", "pages after the first"};
    case ImageFormat::kRaw:
      return {"LibRaw", "the preview of the camera; without one, half the size"};
  }
  return {};
}

}  // namespace

std::vector<FormatSupport> SupportedFormats() {
  const auto hello = DecodePool::Shared().Hello();
  const uint64_t known = hello.ok() ? hello->formats : 0;
  std::vector<FormatSupport> support;
  for (const ImageFormat format : kImageFormats) {
    const bool decodable =
        format == ImageFormat::kJpeg || (known >> static_cast<int>(format) & 1) != 0;
    const About about = AboutFormat(format);
    support.push_back({format, decodable, about.reader, about.left_out});
  }
  return support;
}

}  // namespace hashlens
