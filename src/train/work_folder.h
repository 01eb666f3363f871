// The folder of a run's checkpoint, and the right to work in it.
#ifndef HASHLENS_TRAIN_WORK_FOLDER_H_
#define HASHLENS_TRAIN_WORK_FOLDER_H_

#include <optional>
#include <utility>
#include <vector>

#include "base/file.h"
#include "hashlens/train.h"

namespace hashlens {

// Two runs with the same output would write over each other's checkpoints.
class HeldWorkFolder {
 public:
  // Makes the folder when it is not there. kBusy while another process holds it.
  static Result<HeldWorkFolder> Take(const TrainOptions& options);
  HeldWorkFolder(HeldWorkFolder&& other) noexcept;
  HeldWorkFolder& operator=(HeldWorkFolder&&) = delete;
  // Gives it back; without a checkpoint in it, the folder goes, and with it the empty folders
  // around it that Take made.
  ~HeldWorkFolder();

 private:
  HeldWorkFolder(Path folder, std::vector<Path> made)
      : folder_(std::move(folder)), made_(std::move(made)) {}
  Path folder_;             // empty: moved from
  std::vector<Path> made_;  // innermost first
  std::optional<FileLock> lock_;
};

}  // namespace hashlens

#endif  // HASHLENS_TRAIN_WORK_FOLDER_H_
