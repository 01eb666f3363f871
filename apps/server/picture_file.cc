#include "apps/server/picture_file.h"

#include <fcntl.h>
#include <fmt/core.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <memory>
#include <vector>

#include "apps/server/byte_range.h"
#include "apps/server/route_tools.h"

namespace hashlens {
namespace {

constexpr size_t kPiece = 65'536;

struct OpenFile {
  int descriptor;
  explicit OpenFile(int d) : descriptor(d) {}
  OpenFile(const OpenFile&) = delete;
  OpenFile& operator=(const OpenFile&) = delete;
  ~OpenFile() {
    if (descriptor >= 0) ::close(descriptor);
  }
};

// The version of which a part is wanted is another one by now.
bool IsStale(const httplib::Request& request, const std::string& etag) {
  return request.has_header("If-Range") && request.get_header_value("If-Range") != etag;
}

}  // namespace

void SendFile(const std::filesystem::path& path, uint64_t bytes, const std::string& mime,
              const std::string& range, const httplib::Request& request,
              httplib::Response& response) {
  // Neither a device nor a pipe may hold the thread up.
  const auto file =
      std::make_shared<OpenFile>(::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK));
  struct stat about {};
  if (file->descriptor < 0 || ::fstat(file->descriptor, &about) != 0 || !S_ISREG(about.st_mode) ||
      about.st_size == 0)
    return SetProblem(response, 404, "the picture is no file that can be read any more");
  const auto size = static_cast<uint64_t>(about.st_size);
  if (size != bytes)
    return SetProblem(response, 404, "the file is not the one that was indexed; index it again");
  const std::string etag =
      fmt::format("\"{:x}-{:x}-{:x}\"", size, about.st_mtim.tv_sec, about.st_mtim.tv_nsec);
  response.set_header("Accept-Ranges", "bytes");
  if (IsUnchanged(request, response, etag, "private, no-cache")) return;
  ByteRange part = ParseRange(range, size);
  if (IsStale(request, etag)) part = {ByteRange::Kind::kWhole, 0, size};
  if (part.kind == ByteRange::Kind::kOutside) {
    SetProblem(response, 416, fmt::format("the file has {} bytes", size));
    response.set_header("Content-Range", fmt::format("bytes */{}", size));
    return;
  }
  response.status = 200;
  if (part.kind == ByteRange::Kind::kPart) {
    response.status = 206;
    response.set_header("Content-Range", fmt::format("bytes {}-{}/{}", part.first,
                                                     part.first + part.length - 1, size));
  }
  response.set_content_provider(
      part.length, mime,
      [file, first = part.first, buffer = std::make_shared<std::vector<char>>(kPiece)](
          size_t offset, size_t length, httplib::DataSink& sink) {
        const ssize_t count =
            ::pread(file->descriptor, buffer->data(), std::min(length, buffer->size()),
                    static_cast<off_t>(first + offset));
        if (count <= 0) return false;  // shorter than it was: the client sees the connection end
        return sink.write(buffer->data(), static_cast<size_t>(count));
      });
}

}  // namespace hashlens
