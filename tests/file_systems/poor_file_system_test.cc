// A library on a file system without locks, or without shared memory maps: the reason is told, and
// nothing is left behind.
#include <sys/file.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <atomic>
#include <cerrno>

#include "library/test_library.h"

namespace {

std::atomic<bool> has_locks = true;
std::atomic<bool> has_maps = true;

void* Map(void* address, size_t size, int protection, int flags, int fd, off_t offset) {
  if (!has_maps && fd >= 0 && (flags & MAP_SHARED) != 0 && (protection & PROT_WRITE) != 0) {
    errno = ENODEV;
    return MAP_FAILED;
  }
  return reinterpret_cast<void*>(::syscall(SYS_mmap, address, size, protection, flags, fd, offset));
}

}  // namespace

// In the place of the C library's.
extern "C" int flock(int fd, int operation) noexcept {
  if (!has_locks) {
    errno = ENOLCK;
    return -1;
  }
  return static_cast<int>(::syscall(SYS_flock, fd, operation));
}
extern "C" void* mmap(void* address, size_t size, int protection, int flags, int fd,
                      off_t offset) noexcept {
  return Map(address, size, protection, flags, fd, offset);
}
extern "C" void* mmap64(void* address, size_t size, int protection, int flags, int fd,
                        off_t offset) noexcept {
  return Map(address, size, protection, flags, fd, offset);
}

namespace hashlens {
namespace {

class PoorFileSystem : public LibraryTest {
 protected:
  void TearDown() override { has_locks = has_maps = true; }

  std::string WhyNot() const {
    const Status status = Writer().status();
    EXPECT_EQ(status.code(), StatusCode::kIoError);
    for (const auto& entry : std::filesystem::directory_iterator(folder()))
      EXPECT_EQ(entry.path(), model());
    return status.message();
  }
};

TEST_F(PoorFileSystem, WithoutLocks) {
  has_locks = false;
  const std::string why = WhyNot();
  EXPECT_NE(why.find("does not support locks (flock)"), std::string::npos) << why;
}

TEST_F(PoorFileSystem, WithoutSharedMaps) {
  has_maps = false;
  const std::string why = WhyNot();
  EXPECT_NE(why.find("does not support shared memory maps"), std::string::npos) << why;
}

// SQLite has a limit of its own.
TEST_F(PoorFileSystem, APathThatIsTooLong) {
  const Path deep = folder() / std::string(200, 'a') / std::string(200, 'b') / std::string(90, 'c');
  const Status status =
      LibraryWriter::OpenOrCreate(deep / "test.hashlens", {model(), kBits}, open()).status();
  EXPECT_EQ(status.code(), StatusCode::kIoError);
  EXPECT_NE(status.message().find("use a shorter one"), std::string::npos) << status.message();
  EXPECT_TRUE(std::filesystem::is_empty(deep));
}

}  // namespace
}  // namespace hashlens
