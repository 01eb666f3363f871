// Memory that another process may see, too, whose size neither side can change any more.
#ifndef HASHLENS_IMAGE_SHARED_MEMORY_H_
#define HASHLENS_IMAGE_SHARED_MEMORY_H_

#include <cstddef>
#include <cstdint>
#include <utility>

#include "base/file.h"
#include "hashlens/status.h"

namespace hashlens {

// A sealed memfd and its mapping: a page of it never goes away under a reader. One thread at a
// time.
class SharedMemory {
 public:
  // Zeros. `read_only`: for the other side; this side writes all the same. kIoError without memory.
  static Result<SharedMemory> Make(uint64_t bytes, bool read_only);
  SharedMemory(SharedMemory&& other) noexcept
      : handle_(std::move(other.handle_)),
        start_(std::exchange(other.start_, nullptr)),
        bytes_(std::exchange(other.bytes_, 0)) {}
  SharedMemory& operator=(SharedMemory&& other) noexcept;
  ~SharedMemory();

  std::byte* start() const { return start_; }
  uint64_t bytes() const { return bytes_; }
  // To be passed on. May be closed afterwards by CloseDescriptor; the mapping stays.
  int fd() const { return handle_.fd(); }
  void CloseDescriptor() { handle_ = FileHandle(); }

 private:
  SharedMemory(FileHandle handle, std::byte* start, uint64_t bytes)
      : handle_(std::move(handle)), start_(start), bytes_(bytes) {}
  FileHandle handle_;
  std::byte* start_ = nullptr;
  uint64_t bytes_ = 0;
};

}  // namespace hashlens

#endif  // HASHLENS_IMAGE_SHARED_MEMORY_H_
