#include "base/picture_name.h"

#include <algorithm>
#include <array>
#include <string>
#include <string_view>

namespace hashlens {
namespace {

using std::string_view_literals::operator""sv;

constexpr std::array kExtensions = {".apng"sv, ".avif"sv, ".bmp"sv,  ".dib"sv, ".gif"sv,  ".heic"sv,
                                    ".heif"sv, ".hif"sv,  ".j2c"sv,  ".j2k"sv, ".jfif"sv, ".jp2"sv,
                                    ".jpc"sv,  ".jpe"sv,  ".jpeg"sv, ".jpf"sv, ".jpg"sv,  ".jpx"sv,
                                    ".jxl"sv,  ".pbm"sv,  ".pfm"sv,  ".pgm"sv, ".png"sv,  ".pnm"sv,
                                    ".ppm"sv,  ".tif"sv,  ".tiff"sv, ".webp"sv};

}  // namespace

bool HasImageExtension(const std::filesystem::path& path) {
  std::string extension = path.extension().string();
  for (char& c : extension) {
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
  }
  return std::find(kExtensions.begin(), kExtensions.end(), extension) != kExtensions.end();
}

}  // namespace hashlens
