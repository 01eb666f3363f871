// For tests: writes what DecodeImage makes of files. Reads their names from stdin, one a line; for
// each writes a PPM or the line "error: MESSAGE" to stdout. Exits with 1 when there is no decoder.
#include <cstdint>
#include <iostream>
#include <string>

#include "base/file.h"
#include "image/decode.h"

namespace {

using hashlens::DecodedImage;
using hashlens::Result;

constexpr uint64_t kMaxBytes = uint64_t{1} << 30;

Result<DecodedImage> Decode(const std::string& name) {
  const auto file = hashlens::ReadFile(name, kMaxBytes);
  if (!file.ok()) return file.status();
  return hashlens::DecodeImage(*file, {});
}

void WritePpm(const hashlens::Image& image) {
  std::cout << "P6\n" << image.width << ' ' << image.height << "\n255\n";
  std::cout.write(reinterpret_cast<const char*>(image.rgb.data()),
                  static_cast<std::streamsize>(image.rgb.size()));
}

}  // namespace

int main() {
  std::string name;
  while (std::getline(std::cin, name)) {
    const auto decoded = Decode(name);
    if (decoded.ok()) {
      WritePpm(decoded->image);
    } else {
      std::cout << "error: " << decoded.status().message() << '\n';
      if (hashlens::IsNoDecoder(decoded.status())) return 1;
    }
    std::cout.flush();
  }
  return 0;
}
