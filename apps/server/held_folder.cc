#include "apps/server/held_folder.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <string>
#include <system_error>
#include <utility>

namespace hashlens {
namespace {

// " (deleted)" ends it when the folder is gone. Empty when the system does not tell.
std::filesystem::path PlaceOf(int fd) {
  std::error_code error;  // as if it did not tell
  return std::filesystem::read_symlink("/proc/self/fd/" + std::to_string(fd), error);
}

}  // namespace

HeldFolder::HeldFolder(std::filesystem::path path)
    : path_(std::move(path)), fd_(::open(path_.c_str(), O_PATH | O_DIRECTORY | O_CLOEXEC)) {
  struct stat info {};
  if (fd_ < 0 || ::fstat(fd_, &info) != 0) return;
  device_ = info.st_dev;
  real_ = PlaceOf(fd_);
  std::error_code error;  // as if the system did not tell
  if (std::filesystem::canonical(path_, error) != real_) real_.clear();
}

HeldFolder::~HeldFolder() {
  if (fd_ >= 0) ::close(fd_);
}

bool HeldFolder::InPlace() const {
  struct stat held {
  }, now{};
  if (fd_ < 0 || ::fstat(fd_, &held) != 0 || ::stat(path_.c_str(), &now) != 0) return false;
  if (now.st_dev != device_) return false;
  if (real_.empty()) return held.st_ino == now.st_ino;
  if (PlaceOf(fd_) != real_) return false;
  std::error_code error;  // as if it were not there
  return std::filesystem::canonical(path_, error) == real_;
}

}  // namespace hashlens
