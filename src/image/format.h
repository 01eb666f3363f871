// Which kind of picture a file is, told by its first bytes, never by its name.
#ifndef HASHLENS_IMAGE_FORMAT_H_
#define HASHLENS_IMAGE_FORMAT_H_

#include <optional>
#include <string_view>
#include <vector>

#include "base/bytes.h"
#include "base/image_format.h"

namespace hashlens {

// The first bytes that SniffFormat looks at.
inline constexpr size_t kSniffBytes = 1024;

// By at most the first kSniffBytes bytes. Empty for anything that is not a picture we know.
std::optional<ImageFormat> SniffFormat(ByteSpan start_of_file);

struct FormatSupport {
  ImageFormat format;
  bool decodable;             // by this machine's libraries
  std::string_view reader;    // "libjpeg-turbo", "libvips (libtiff)", ...
  std::string_view left_out;  // of such files; empty: nothing
};
// Every format that SniffFormat knows, with what this machine can do: all but JPEG only where the
// decoding process starts. Thread-safe.
std::vector<FormatSupport> SupportedFormats();

}  // namespace hashlens

#endif  // HASHLENS_IMAGE_FORMAT_H_
