#include "base/picture_name.h"

#include <algorithm>
#include <array>
#include <string>
#include <string_view>

namespace hashlens {
namespace {

using std::string_view_literals::operator""sv;

constexpr std::array kExtensions = {
    ".apng"sv, ".arw"sv, ".avif"sv, ".bmp"sv, ".cr2"sv,  ".cr3"sv,  ".cur"sv,  ".dib"sv,
    ".dng"sv,  ".exr"sv, ".gif"sv,  ".hdr"sv, ".heic"sv, ".heif"sv, ".hif"sv,  ".ico"sv,
    ".j2c"sv,  ".j2k"sv, ".jfif"sv, ".jp2"sv, ".jpc"sv,  ".jpe"sv,  ".jpeg"sv, ".jpf"sv,
    ".jpg"sv,  ".jpx"sv, ".jxl"sv,  ".mpo"sv, ".nef"sv,  ".orf"sv,  ".pam"sv,  ".pbm"sv,
    ".pfm"sv,  ".pgm"sv, ".png"sv,  ".pnm"sv, ".ppm"sv,  ".psb"sv,  ".psd"sv,  ".qoi"sv,
    ".raf"sv,  ".rw2"sv, ".svg"sv,  ".tga"sv, ".tif"sv,  ".tiff"sv, ".webp"sv};

}  // namespace

std::string LowerEnding(const std::filesystem::path& path) {
  std::string ending = path.extension().string();
  for (char& c : ending) {
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
  }
  return ending;
}

bool HasImageExtension(const std::filesystem::path& path) {
  return std::find(kExtensions.begin(), kExtensions.end(), LowerEnding(path)) != kExtensions.end();
}

}  // namespace hashlens
