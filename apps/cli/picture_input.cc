#include "apps/cli/picture_input.h"

#include <unistd.h>

#include <cerrno>
#include <system_error>

namespace hashlens {
namespace {

constexpr size_t kChunkBytes = size_t{1} << 16;

}  // namespace

Result<std::string> ReadPicture(int fd, uint64_t max_bytes) {
  if (::isatty(fd) == 1) {
    return InvalidArgument(
        "- reads a picture from standard input, which is a terminal: give it one with < or |");
  }
  std::string bytes;
  while (bytes.size() <= max_bytes) {
    const size_t size = bytes.size();
    bytes.resize(size + kChunkBytes);
    const ssize_t count = ::read(fd, bytes.data() + size, kChunkBytes);
    bytes.resize(size + static_cast<size_t>(count > 0 ? count : 0));
    if (count == 0) break;
    if (count < 0 && errno != EINTR)
      return IoError("reading standard input: " + std::generic_category().message(errno));
  }
  return bytes;
}

}  // namespace hashlens
