// A folder that is held open, to know whether it is still where it was.
#ifndef HASHLENS_APPS_SERVER_HELD_FOLDER_H_
#define HASHLENS_APPS_SERVER_HELD_FOLDER_H_

#include <cstdint>
#include <filesystem>

namespace hashlens {

// Not told by the folder's inode number: some file systems give folders numbers that others have,
// or new numbers while they are used. Any number of threads.
class HeldFolder {
 public:
  explicit HeldFolder(std::filesystem::path path);
  ~HeldFolder();
  HeldFolder(const HeldFolder&) = delete;
  HeldFolder& operator=(const HeldFolder&) = delete;

  // False when the folder is gone, was moved, or another one is in its place.
  bool InPlace() const;

 private:
  const std::filesystem::path path_;
  int fd_ = -1;
  uint64_t device_ = 0;
  std::filesystem::path real_;  // where the system says that the open folder is
};

}  // namespace hashlens

#endif  // HASHLENS_APPS_SERVER_HELD_FOLDER_H_
