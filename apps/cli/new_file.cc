#include "apps/cli/new_file.h"

#include <fcntl.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <random>
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

// sync: so that it lasts. 0 or an error number.
int WriteAndClose(int fd, const std::string& text, bool sync) {
  int error = 0;
  for (size_t done = 0; error == 0 && done < text.size();) {
    const ssize_t count = ::write(fd, text.data() + done, text.size() - done);
    if (count >= 0) done += static_cast<size_t>(count);
    if (count < 0 && errno != EINTR) error = errno;
  }
  if (error == 0 && sync && ::fsync(fd) != 0) error = errno;
  if (::close(fd) != 0 && error == 0) error = errno;
  return error;
}

// 0 or an error number.
int Rename(const char* from, const char* to) { return ::rename(from, to) == 0 ? 0 : errno; }

// Only in the place of nothing. 0 or an error number.
int RenameToNothing(const char* from, const char* to) {
  if (::renameat2(AT_FDCWD, from, AT_FDCWD, to, RENAME_NOREPLACE) == 0) return 0;
  if (errno != EINVAL && errno != ENOSYS) return errno;
  return ::link(from, to) == 0 ? 0 : errno;  // a file system that knows no such renaming
}

// Writes beside `file` and has `rename` give it the name; on failure `file` is as it was. 0 or
// an error number.
int WriteBeside(const std::filesystem::path& file, const std::string& text,
                int (*rename)(const char*, const char*)) {
  // Other machines and containers that write here have processes of the same number.
  const std::string beside = file.native() + ".tmp-" + std::to_string(::getpid()) + "-" +
                             std::to_string(std::random_device()());
  const int fd = ::open(beside.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0644);
  if (fd < 0) return errno;
  int error = WriteAndClose(fd, text, /*sync=*/true);
  if (error == 0) error = rename(beside.c_str(), file.c_str());
  ::unlink(beside.c_str());  // gone already where it was renamed
  return error;
}

}  // namespace

Status ReplaceFile(const std::filesystem::path& file, const std::string& text) {
  std::error_code ignored;  // what cannot be looked at is reported by opening it
  const bool there = std::filesystem::exists(file, ignored);
  if (there && !std::filesystem::is_regular_file(file, ignored)) {
    const int fd = ::open(file.c_str(), O_WRONLY | O_CLOEXEC);
    const int error = fd < 0 ? errno : WriteAndClose(fd, text, /*sync=*/false);
    return error == 0 ? Status() : Failed(error, file);
  }
  // Behind links, so that these stay.
  const std::filesystem::path real = there ? std::filesystem::canonical(file, ignored) : file;
  const int error = WriteBeside(real, text, Rename);
  return error == 0 ? Status() : Failed(error, file);
}

Status WriteNewFile(const std::filesystem::path& file, const std::string& text) {
  const int error = WriteBeside(file, text, RenameToNothing);
  if (error == EEXIST) {
    return InvalidArgument(PrintablePath(file) +
                           ": came to be during the training and is left as it is; move it away, "
                           "and the same command with --resume writes the report");
  }
  return error == 0 ? Status() : Failed(error, file);
}

}  // namespace hashlens
