#include "apps/cli/new_file.h"

#include <fcntl.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <system_error>

#include "hashlens/library.h"

namespace hashlens {
namespace {

Status Failed(int error, const std::filesystem::path& file) {
  std::string message =
      "writing " + PrintablePath(file) + ": " + std::generic_category().message(error);
  if (error == ENOSPC || error == EDQUOT) message += "; free some space and run it again";
  return IoError(std::move(message));
}

// 0 or an error number.
int WriteAndClose(int fd, const std::string& text) {
  int error = 0;
  for (size_t done = 0; error == 0 && done < text.size();) {
    const ssize_t count = ::write(fd, text.data() + done, text.size() - done);
    if (count >= 0) done += static_cast<size_t>(count);
    if (count < 0 && errno != EINTR) error = errno;
  }
  if (error == 0 && ::fsync(fd) != 0) error = errno;
  if (::close(fd) != 0 && error == 0) error = errno;
  return error;
}

// Only in the place of nothing. 0 or an error number.
int Rename(const char* from, const char* to) {
  if (::renameat2(AT_FDCWD, from, AT_FDCWD, to, RENAME_NOREPLACE) == 0) return 0;
  if (errno != EINVAL && errno != ENOSYS) return errno;
  return ::link(from, to) == 0 ? 0 : errno;  // a file system that knows no such renaming
}

}  // namespace

Status ReplaceFile(const std::filesystem::path& file, const std::string& text) {
  std::error_code ignored;  // what cannot be looked at is reported by opening it
  const bool there = std::filesystem::exists(file, ignored);
  if (there && !std::filesystem::is_regular_file(file, ignored)) {
    const int fd = ::open(file.c_str(), O_WRONLY | O_CLOEXEC);
    const int error = fd < 0 ? errno : WriteAndClose(fd, text);
    // A pipe cannot be made to last.
    return error == 0 || error == EINVAL || error == EROFS ? Status() : Failed(error, file);
  }
  // Behind links, so that these stay.
  const std::filesystem::path real = there ? std::filesystem::canonical(file, ignored) : file;
  const std::string beside = real.native() + ".tmp-" + std::to_string(::getpid());
  const int fd = ::open(beside.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0644);
  if (fd < 0) return Failed(errno, file);
  int error = WriteAndClose(fd, text);
  if (error == 0 && ::rename(beside.c_str(), real.c_str()) != 0) error = errno;
  if (error == 0) return {};
  ::unlink(beside.c_str());
  return Failed(error, file);
}

Status WriteNewFile(const std::filesystem::path& file, const std::string& text) {
  const std::string beside = file.native() + ".tmp-" + std::to_string(::getpid());
  const int fd = ::open(beside.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0644);
  if (fd < 0) return Failed(errno, file);
  int error = WriteAndClose(fd, text);
  if (error == 0) error = Rename(beside.c_str(), file.c_str());
  ::unlink(beside.c_str());  // gone already where it was renamed
  if (error == EEXIST) {
    return InvalidArgument(PrintablePath(file) +
                           ": came to be during the training and is left as it is; move it away, "
                           "and the same command with --resume writes the report");
  }
  return error == 0 ? Status() : Failed(error, file);
}

}  // namespace hashlens
