#include "image/shared_memory.h"

#include <fcntl.h>
#include <sys/mman.h>
#include <sys/resource.h>

#include <cerrno>
#include <cstring>
#include <string>

namespace hashlens {
namespace {

#ifndef F_SEAL_FUTURE_WRITE
constexpr int F_SEAL_FUTURE_WRITE = 0x10;
#endif

Status NoMemory(std::string_view doing) {
  return IoError("no memory to share with the decoding process: " + std::string(doing) + ": " +
                 std::strerror(errno));
}

}  // namespace

Result<SharedMemory> SharedMemory::Make(uint64_t bytes, bool read_only) {
  // The system counts it as a file, and would end this process by a signal.
  rlimit limit = {};
  if (::getrlimit(RLIMIT_FSIZE, &limit) == 0 && limit.rlim_cur != RLIM_INFINITY &&
      limit.rlim_cur < bytes) {
    return IoError(
        "no memory to share with the decoding process: the limit of file sizes (ulimit -f) is " +
        std::to_string(limit.rlim_cur) + " bytes, " + std::to_string(bytes) + " are needed");
  }
  FileHandle handle(::memfd_create("hashlens-decode", MFD_CLOEXEC | MFD_ALLOW_SEALING));
  if (!handle.open()) return NoMemory("memfd_create");
  if (::ftruncate(handle.fd(), static_cast<off_t>(bytes)) != 0) return NoMemory("ftruncate");
  void* start = ::mmap(nullptr, bytes, PROT_READ | PROT_WRITE, MAP_SHARED, handle.fd(), 0);
  if (start == MAP_FAILED) return NoMemory("mmap");
  SharedMemory memory(std::move(handle), static_cast<std::byte*>(start), bytes);
  // Kernels before 5.1 do not know the seal against writing; what is written there is not read.
  if (read_only) ::fcntl(memory.fd(), F_ADD_SEALS, F_SEAL_FUTURE_WRITE);
  if (::fcntl(memory.fd(), F_ADD_SEALS, F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_SEAL) != 0)
    return NoMemory("sealing");
  return memory;
}

SharedMemory& SharedMemory::operator=(SharedMemory&& other) noexcept {
  std::swap(handle_, other.handle_);
  std::swap(start_, other.start_);
  std::swap(bytes_, other.bytes_);
  return *this;
}

SharedMemory::~SharedMemory() {
  if (start_ != nullptr) ::munmap(start_, bytes_);
}

}  // namespace hashlens
