// The kinds of picture files, by the names that the programs share.
#ifndef HASHLENS_BASE_IMAGE_FORMAT_H_
#define HASHLENS_BASE_IMAGE_FORMAT_H_

#include <array>
#include <cstdint>
#include <string_view>

namespace hashlens {

// The numbers are part of the decoding process' protocol.
enum class ImageFormat : uint8_t {
  kJpeg,
  kPng,
  kWebp,
  kGif,
  kTiff,
  kBmp,
  kPnm,
  kHeif,
  kAvif,
  kJpeg2000,
  kJxl,
  kQoi,
  kTga,
  kIco,
  kPsd,
  kExr,
  kHdr,
  kSvg,
  kPdf,
  kRaw
};

inline constexpr std::array kImageFormats = {
    ImageFormat::kJpeg, ImageFormat::kPng,      ImageFormat::kWebp, ImageFormat::kGif,
    ImageFormat::kTiff, ImageFormat::kBmp,      ImageFormat::kPnm,  ImageFormat::kHeif,
    ImageFormat::kAvif, ImageFormat::kJpeg2000, ImageFormat::kJxl,  ImageFormat::kQoi,
    ImageFormat::kTga,  ImageFormat::kIco,      ImageFormat::kPsd,  ImageFormat::kExr,
    ImageFormat::kHdr,  ImageFormat::kSvg,      ImageFormat::kPdf,  ImageFormat::kRaw};

// Lower-case short name: "jpeg", "png", ...
constexpr std::string_view FormatName(ImageFormat format) {
  constexpr std::array<std::string_view, kImageFormats.size()> kNames = {
      "jpeg", "png", "webp", "gif", "tiff", "bmp", "pnm", "heif", "avif", "jpeg2000",
      "jxl",  "qoi", "tga",  "ico", "psd",  "exr", "hdr", "svg",  "pdf",  "raw"};
  const auto at = static_cast<size_t>(format);
  return at < kNames.size() ? kNames[at] : "unknown";
}

}  // namespace hashlens

#endif  // HASHLENS_BASE_IMAGE_FORMAT_H_
