#include "base/file.h"

#include <dirent.h>
#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <memory>
#include <new>
#include <utility>

#include "base/name_form.h"
#include "base/try.h"

namespace hashlens {
namespace {

constexpr size_t kWriteBufferBytes = 1 << 20;

Status WriteFully(int fd, ByteSpan bytes, uint64_t offset, const Path& path) {
  while (!bytes.empty()) {
    const ssize_t count = ::pwrite(fd, bytes.data(), bytes.size(), static_cast<off_t>(offset));
    if (count < 0) {
      if (errno == EINTR) continue;
      return ErrnoStatus(errno, "writing", path);
    }
    bytes = bytes.subspan(static_cast<size_t>(count));
    offset += static_cast<uint64_t>(count);
  }
  return {};
}

}  // namespace

Status ErrnoStatus(int error, std::string_view doing, const Path& path) {
  std::string message =
      std::string(doing) + " " + Printable(path) + ": " + std::generic_category().message(error);
  if (error == ENOSPC || error == EDQUOT) message += "; free some space and run it again";
  const bool missing = error == ENOENT || error == ENOTDIR;
  if (error == ENOENT) message += OtherFormHint(path);
  return {missing ? StatusCode::kNotFound : StatusCode::kIoError, std::move(message)};
}

std::string ReasonWithoutPath(const Status& status, const Path& path) {
  std::string reason = status.message();
  const std::string name = Printable(path);
  if (reason.starts_with(name + ": ")) return reason.substr(name.size() + 2);
  if (const size_t at = reason.find(" " + name + ": "); at != std::string::npos)
    reason.erase(at, name.size() + 1);
  return reason;
}

FileHandle::FileHandle(FileHandle&& other) noexcept : fd_(std::exchange(other.fd_, -1)) {}

FileHandle& FileHandle::operator=(FileHandle&& other) noexcept {
  std::swap(fd_, other.fd_);
  return *this;
}

FileHandle::~FileHandle() {
  if (fd_ >= 0) ::close(fd_);
}

Result<OpenedFile> OpenRegularFile(const Path& path) {
  // O_NONBLOCK: opening a named pipe must not wait for a writer.
  OpenedFile file{path, FileHandle(::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK)), {}};
  if (!file.handle.open()) return ErrnoStatus(errno, "opening", path);
  struct stat info {};
  if (::fstat(file.handle.fd(), &info) != 0) return ErrnoStatus(errno, "reading", path);
  if (!S_ISREG(info.st_mode)) return InvalidArgument(Printable(path) + ": not a regular file");
  file.stamp = {static_cast<uint64_t>(info.st_size),
                int64_t{info.st_mtim.tv_sec} * 1'000'000'000 + info.st_mtim.tv_nsec};
  return file;
}

Status OpenedFile::ReadAt(uint64_t offset, std::span<std::byte> bytes) const {
  while (!bytes.empty()) {
    const ssize_t count =
        ::pread(handle.fd(), bytes.data(), bytes.size(), static_cast<off_t>(offset));
    if (count < 0 && errno == EINTR) continue;
    if (count < 0) return ErrnoStatus(errno, "reading", path);
    if (count == 0) {
      return Corruption(Printable(path) + ": ends at offset " + std::to_string(offset) +
                        ", before what should be there");
    }
    bytes = bytes.subspan(static_cast<size_t>(count));
    offset += static_cast<uint64_t>(count);
  }
  return {};
}

void OpenedFile::WillNeed(uint64_t offset, uint64_t size) const {
  ::posix_fadvise(handle.fd(), static_cast<off_t>(offset), static_cast<off_t>(size),
                  POSIX_FADV_WILLNEED);
}

void OpenedFile::DropFromMemory() const { ::posix_fadvise(handle.fd(), 0, 0, POSIX_FADV_DONTNEED); }

namespace {

// Up to `size` bytes; fewer when the file ends before.
Result<std::vector<std::byte>> ReadUpTo(const OpenedFile& file, size_t size) {
  std::vector<std::byte> bytes;
  try {
    bytes.resize(size);
  } catch (const std::bad_alloc&) {
    return IoError("reading " + Printable(file.path) + ": not enough memory for " +
                   std::to_string(size) + " bytes");
  }
  size_t done = 0;
  while (done < bytes.size()) {
    const ssize_t count = ::read(file.handle.fd(), bytes.data() + done, bytes.size() - done);
    if (count < 0 && errno == EINTR) continue;
    if (count < 0) return ErrnoStatus(errno, "reading", file.path);
    if (count == 0) break;
    done += static_cast<size_t>(count);
  }
  bytes.resize(done);
  return bytes;
}

}  // namespace

Result<std::vector<std::byte>> ReadFile(const Path& path, uint64_t max_bytes, FileStamp* stamp) {
  HL_ASSIGN(const OpenedFile file, OpenRegularFile(path));
  if (stamp != nullptr) *stamp = file.stamp;
  if (file.stamp.size > max_bytes) {
    return InvalidArgument(Printable(path) + ": " + std::to_string(file.stamp.size) +
                           " bytes, over the limit of " + std::to_string(max_bytes));
  }
  return ReadUpTo(file, static_cast<size_t>(file.stamp.size));
}

Result<std::vector<std::byte>> ReadFileStart(const Path& path, size_t count, FileStamp* stamp) {
  HL_ASSIGN(const OpenedFile file, OpenRegularFile(path));
  if (stamp != nullptr) *stamp = file.stamp;
  return ReadUpTo(file, std::min<size_t>(count, file.stamp.size));
}

FileWriter::FileWriter(Path path, FileHandle handle)
    : path_(std::move(path)), handle_(std::move(handle)) {
  buffer_.reserve(kWriteBufferBytes);
}

Result<FileWriter> FileWriter::Create(const Path& path) {
  struct stat there;
  const bool taken = ::lstat(path.c_str(), &there) == 0;
  // A device stays what it is; files and links make room.
  const bool device = taken && (S_ISCHR(there.st_mode) || S_ISBLK(there.st_mode));
  if (taken && !device && ::unlink(path.c_str()) != 0) return ErrnoStatus(errno, "replacing", path);
  FileHandle file(::open(
      path.c_str(), O_WRONLY | O_NOFOLLOW | O_CLOEXEC | (device ? 0 : O_CREAT | O_EXCL), 0644));
  if (!file.open()) return ErrnoStatus(errno, "creating", path);
  return FileWriter(path, std::move(file));
}

Status FileWriter::Append(ByteSpan bytes) {
  if (buffer_.size() + bytes.size() > kWriteBufferBytes) HL_TRY(Flush());
  size_ += bytes.size();
  if (bytes.size() >= kWriteBufferBytes) {
    return WriteFully(handle_.fd(), bytes, size_ - bytes.size(), path_);
  }
  buffer_.insert(buffer_.end(), bytes.begin(), bytes.end());
  return {};
}

Status FileWriter::WriteAt(uint64_t offset, ByteSpan bytes) {
  assert(offset + bytes.size() <= size_);
  HL_TRY(Flush());
  return WriteFully(handle_.fd(), bytes, offset, path_);
}

Status FileWriter::Flush() {
  HL_TRY(WriteFully(handle_.fd(), buffer_, size_ - buffer_.size(), path_));
  buffer_.clear();
  return {};
}

Status FileWriter::SyncAndClose() {
  HL_TRY(Flush());
  if (::fsync(handle_.fd()) != 0) return ErrnoStatus(errno, "syncing", path_);
  handle_ = FileHandle();
  return {};
}

Result<std::vector<std::string>> ListFolder(const Path& folder) {
  const std::unique_ptr<DIR, int (*)(DIR*)> stream(::opendir(folder.c_str()), &::closedir);
  if (!stream) return ErrnoStatus(errno, "opening folder", folder);
  std::vector<std::string> names;
  for (;;) {
    errno = 0;
    const dirent* entry = ::readdir(stream.get());
    if (entry == nullptr) break;
    const std::string_view name = entry->d_name;
    if (name != "." && name != "..") names.emplace_back(name);
  }
  if (errno != 0) return ErrnoStatus(errno, "reading folder", folder);
  std::sort(names.begin(), names.end());
  return names;
}

Status SyncFolder(const Path& folder) {
  FileHandle handle(::open(folder.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  if (!handle.open()) return ErrnoStatus(errno, "opening folder", folder);
  // Some network file systems cannot sync a folder and say EINVAL; there is nothing more to do
  // then.
  if (::fsync(handle.fd()) != 0 && errno != EINVAL)
    return ErrnoStatus(errno, "syncing folder", folder);
  return {};
}

Status RenameDurably(const Path& from, const Path& to) {
  if (::rename(from.c_str(), to.c_str()) != 0) return ErrnoStatus(errno, "renaming to", to);
  return SyncFolder(to.has_parent_path() ? to.parent_path() : Path("."));
}

Status ReplaceFile(const Path& path, const std::function<Status(FileWriter*)>& write) {
  const Path temporary = Path(path) += ".tmp";
  const auto replace = [&]() -> Status {
    HL_ASSIGN(FileWriter writer, FileWriter::Create(temporary));
    HL_TRY(write(&writer));
    HL_TRY(writer.SyncAndClose());
    return RenameDurably(temporary, path);
  };
  const Status status = replace();
  if (!status.ok()) ::unlink(temporary.c_str());
  return status;
}

Status WriteFileDurably(const Path& path, ByteSpan bytes) {
  return ReplaceFile(path, [&](FileWriter* writer) { return writer->Append(bytes); });
}

Result<FileLock> FileLock::TryAcquire(const Path& path) {
  FileHandle file(::open(path.c_str(), O_RDWR | O_CREAT | O_NOFOLLOW | O_CLOEXEC, 0644));
  if (!file.open()) return ErrnoStatus(errno, "opening", path);
  if (::flock(file.fd(), LOCK_EX | LOCK_NB) != 0) {
    const int error = errno;
    if (error == EWOULDBLOCK) return Busy(Printable(path) + ": locked by another process");
    Status status = ErrnoStatus(error, "locking", path);
    if (error != ENOLCK && error != EOPNOTSUPP && error != ENOSYS && error != EINVAL) return status;
    return IoError(status.message() +
                   "; the file system there does not support locks (flock), which are needed: use "
                   "a local disk");
  }
  return FileLock(std::move(file));
}

}  // namespace hashlens
