// Files with every error reported: reading, writing that lasts, mapping, locking.
#ifndef HASHLENS_BASE_FILE_H_
#define HASHLENS_BASE_FILE_H_

#include <cstdint>
#include <filesystem>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "base/bytes.h"
#include "base/text.h"
#include "hashlens/status.h"

namespace hashlens {

using Path = std::filesystem::path;

inline std::string Printable(const Path& path) {
  return Printable(std::string_view(path.native()));
}

// kNotFound or kIoError with "<doing> <path>: <reason>" and, for a full disk, what to do.
Status ErrnoStatus(int error, std::string_view doing, const Path& path);

// The status' message without its naming of `path`, for where the path stands beside it:
// "opening: Permission denied".
std::string ReasonWithoutPath(const Status& status, const Path& path);

// An open file descriptor; closes itself. For writing use FileWriter, whose Close reports errors.
class FileHandle {
 public:
  FileHandle() = default;
  explicit FileHandle(int fd) : fd_(fd) {}
  FileHandle(FileHandle&& other) noexcept;
  FileHandle& operator=(FileHandle&& other) noexcept;
  ~FileHandle();
  int fd() const { return fd_; }
  bool open() const { return fd_ >= 0; }

 private:
  int fd_ = -1;
};

// What makes a file "the same as last time" without reading it.
struct FileStamp {
  uint64_t size = 0;
  int64_t mtime_ns = 0;  // nanoseconds since 1970
  bool operator==(const FileStamp&) const = default;
};

// A regular file open for reading, and what it was when it was opened.
struct OpenedFile {
  Path path;
  FileHandle handle;
  FileStamp stamp;

  // bytes.size() bytes from `offset`; any number of threads. kCorruption when the file ends before.
  Status ReadAt(uint64_t offset, std::span<std::byte> bytes) const;
  // Asks the system to bring these bytes into memory soon. Only a hint.
  void WillNeed(uint64_t offset, uint64_t size) const;
  // Asks the system to forget what it keeps of the file in memory. Only a hint.
  void DropFromMemory() const;
};
// kInvalidArgument when it is not a regular file: a pipe is never waited for.
Result<OpenedFile> OpenRegularFile(const Path& path);

// The whole file. kInvalidArgument when it is larger than max_bytes or not a regular
// file, kIoError when there is no memory for it; `stamp`, when given, is taken from the opened file
// itself.
Result<std::vector<std::byte>> ReadFile(const Path& path, uint64_t max_bytes,
                                        FileStamp* stamp = nullptr);

// The first `count` bytes, or all of a shorter file; otherwise as ReadFile.
Result<std::vector<std::byte>> ReadFileStart(const Path& path, size_t count,
                                             FileStamp* stamp = nullptr);

// Appends to a new file, buffered. The file lasts only after Sync. One thread.
class FileWriter {
 public:
  // A new file, in the place of a file or a link of that name: never what a link points at.
  static Result<FileWriter> Create(const Path& path);
  Status Append(ByteSpan bytes);
  // Overwrites bytes that were already appended, as for a header known only at the end.
  Status WriteAt(uint64_t offset, ByteSpan bytes);
  // Flushes the buffer, forces everything to the device and closes. The writer is then done.
  Status SyncAndClose();
  uint64_t size() const { return size_; }

 private:
  FileWriter(Path path, FileHandle handle);
  Status Flush();
  Path path_;
  FileHandle handle_;
  std::vector<std::byte> buffer_;
  uint64_t size_ = 0;
};

// The names in a folder, sorted, without "." and "..".
Result<std::vector<std::string>> ListFolder(const Path& folder);
Status SyncFolder(const Path& folder);
// Replaces `to` in one step and makes the new name last.
Status RenameDurably(const Path& from, const Path& to);
// Writes beside the target (its name and ".tmp"), syncs and renames: readers see the old or the new
// file, never a part.
Status ReplaceFile(const Path& path, const std::function<Status(FileWriter*)>& write);
// The same with bytes that are there.
Status WriteFileDurably(const Path& path, ByteSpan bytes);

// An exclusive lock on a file (flock), given back when the object or the process dies.
class FileLock {
 public:
  // Made when it is not there. kBusy when another process or object holds it; a link is refused.
  static Result<FileLock> TryAcquire(const Path& path);

 private:
  explicit FileLock(FileHandle handle) : handle_(std::move(handle)) {}
  FileHandle handle_;
};

}  // namespace hashlens

#endif  // HASHLENS_BASE_FILE_H_
