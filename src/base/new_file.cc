#include "base/new_file.h"

#include <fcntl.h>
#include <signal.h>
#include <sys/file.h>
#include <unistd.h>

#include <cerrno>
#include <charconv>
#include <cstdio>
#include <fstream>
#include <optional>
#include <random>
#include <string>
#include <string_view>
#include <system_error>

#include "base/try.h"

namespace hashlens {
namespace {

constexpr std::string_view kBeside = ".tmp-";  // NAME.tmp-PROCESS-NUMBER-BOOT

// Of this machine since it was started, so that no other machine's files are taken for leftovers.
// "0" where the system does not tell.
const std::string& Boot() {
  static const std::string kBoot = [] {
    std::ifstream file("/proc/sys/kernel/random/boot_id");
    std::string id;
    std::getline(file, id);
    constexpr size_t kDigits = 8;
    return id.size() >= kDigits ? id.substr(0, kDigits) : std::string("0");
  }();
  return kBoot;
}

// The process of a name that NameBeside made for a file called `name`.
std::optional<pid_t> ProcessOf(std::string_view beside, std::string_view name) {
  if (!beside.starts_with(name)) return std::nullopt;
  beside.remove_prefix(name.size());
  if (!beside.starts_with(kBeside)) return std::nullopt;
  beside.remove_prefix(kBeside.size());
  const char* const end = beside.data() + beside.size();
  pid_t process = 0;
  const auto [dash, error] = std::from_chars(beside.data(), end, process);
  if (error != std::errc() || process <= 0 || dash == end || *dash != '-') return std::nullopt;
  unsigned number = 0;
  const auto rest = std::from_chars(dash + 1, end, number);
  if (rest.ec != std::errc() || std::string_view(rest.ptr, end) != "-" + Boot())
    return std::nullopt;
  return process;
}

// Without following a link. Not open: it cannot be had, or somebody else has it.
FileHandle LockedAt(const Path& path) {
  FileHandle handle(::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK));
  const bool locked = handle.open() && ::flock(handle.fd(), LOCK_EX | LOCK_NB) == 0;
  return locked ? std::move(handle) : FileHandle();
}

Path FolderOf(const Path& file) { return file.has_parent_path() ? file.parent_path() : Path("."); }

void ClearLeftovers(const Path& file) {
  const auto names = ListFolder(FolderOf(file));
  if (!names.ok()) return;  // who makes the file reports it
  for (const std::string& name : *names) {
    const auto process = ProcessOf(name, file.filename().native());
    if (!process || ::kill(*process, 0) == 0 || errno != ESRCH) continue;
    const Path left = FolderOf(file) / name;
    const FileHandle held = LockedAt(left);
    if (!held.open()) continue;
    std::error_code ignored;  // it stays, and harms nothing
    std::filesystem::remove_all(left, ignored);
  }
}

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
  ClearLeftovers(file);
  // Other machines and containers that write here have processes of the same number.
  beside_ += std::string(kBeside) + std::to_string(::getpid()) + "-" +
             std::to_string(std::random_device()()) + "-" + Boot();
}

NameBeside::~NameBeside() {
  std::error_code ignored;  // nothing can be done about it
  if (!beside_.empty()) std::filesystem::remove_all(beside_, ignored);
}

void NameBeside::Hold() { hold_ = LockedAt(beside_); }

Status NameBeside::Named(const Status& status) const {
  std::string message = status.message();
  const std::string temporary = Printable(beside_);
  const size_t at = message.find(temporary);
  if (status.ok() || at == std::string::npos) return status;
  return Status(status.code(), message.replace(at, temporary.size(), Printable(file_)));
}

Status NameBeside::Keep() {
  const Path made = std::exchange(beside_, {});  // never removed again: it is whole
  if (const int error = RenameToNothing(made, file_); error != 0) {
    const Status status =
        error == EEXIST ? AlreadyThere(file_) : ErrnoStatus(error, "renaming to", file_);
    return Status(status.code(), status.message() + "; what was made is " + Printable(made));
  }
  return SyncFolder(FolderOf(file_));
}

Result<NewFile> NewFile::Create(const Path& file) {
  HL_TRY(RequireNothingAt(file));
  NameBeside name(file);
  auto writer = FileWriter::Create(name.path());
  if (!writer.ok()) return name.Named(writer.status());
  name.Hold();
  return NewFile(std::move(name), std::move(*writer));
}

Status NewFile::Finish() {
  HL_TRY(name_.Named(writer_.SyncAndClose()));
  return name_.Keep();
}

}  // namespace hashlens
