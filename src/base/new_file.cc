#include "base/new_file.h"

#include <fcntl.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <random>
#include <string>
#include <system_error>

#include "base/try.h"

namespace hashlens {
namespace {

Status AlreadyThere(const Path& file) {
  return InvalidArgument(Printable(file) + ": already there; move it away, or choose another name");
}

// Only in the place of nothing. 0 or an error number.
int RenameToNothing(const Path& from, const Path& to) {
  if (::renameat2(AT_FDCWD, from.c_str(), AT_FDCWD, to.c_str(), RENAME_NOREPLACE) == 0) return 0;
  if (errno != EINVAL && errno != ENOSYS) return errno;
  // A file system without such a renaming.
  if (::link(from.c_str(), to.c_str()) == 0) {
    ::unlink(from.c_str());
    return 0;
  }
  if (errno != EPERM && errno != EOPNOTSUPP && errno != ENOSYS) return errno;
  // One without links, too.
  std::error_code error;
  if (std::filesystem::exists(std::filesystem::symlink_status(to, error))) return EEXIST;
  return ::rename(from.c_str(), to.c_str()) == 0 ? 0 : errno;
}

}  // namespace

Status RequireNothingAt(const Path& file) {
  std::error_code error;
  const auto there = std::filesystem::symlink_status(file, error);
  return std::filesystem::exists(there) ? AlreadyThere(file) : Status();
}

NameBeside::NameBeside(const Path& file) : file_(file), beside_(file) {
  // Other machines and containers that write here have processes of the same number.
  beside_ += ".tmp-" + std::to_string(::getpid()) + "-" + std::to_string(std::random_device()());
}

NameBeside::~NameBeside() {
  if (!beside_.empty()) ::unlink(beside_.c_str());
}

Status NameBeside::Keep() {
  const Path made = std::exchange(beside_, {});  // never removed again: it is whole
  if (const int error = RenameToNothing(made, file_); error != 0) {
    const Status status =
        error == EEXIST ? AlreadyThere(file_) : ErrnoStatus(error, "renaming to", file_);
    return Status(status.code(), status.message() + "; what was made is " + Printable(made));
  }
  return SyncFolder(file_.has_parent_path() ? file_.parent_path() : Path("."));
}

Result<NewFile> NewFile::Create(const Path& file) {
  HL_TRY(RequireNothingAt(file));
  NameBeside name(file);
  HL_ASSIGN(FileWriter writer, FileWriter::Create(name.path()));
  return NewFile(std::move(name), std::move(writer));
}

Status NewFile::Finish() {
  HL_TRY(writer_.SyncAndClose());
  return name_.Keep();
}

}  // namespace hashlens
