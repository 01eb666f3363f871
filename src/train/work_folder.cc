#include "train/work_folder.h"

#include <utility>

#include "base/try.h"
#include "train/run.h"

namespace hashlens {
namespace {

constexpr char kLock[] = "lock";

}  // namespace

HeldWorkFolder::HeldWorkFolder(HeldWorkFolder&& other) noexcept
    : folder_(std::exchange(other.folder_, {})),
      made_(std::move(other.made_)),
      lock_(std::exchange(other.lock_, std::nullopt)) {}

HeldWorkFolder::~HeldWorkFolder() {
  std::error_code error;  // what stays is rubbish, not a reason to fail
  if (!lock_ || std::filesystem::exists(folder_ / kCheckpointName, error)) return;
  std::filesystem::remove_all(folder_ / kBackboneName, error);
  std::filesystem::remove(folder_ / kLock, error);
  std::filesystem::remove(folder_, error);  // only when empty
  for (const Path& folder : made_) std::filesystem::remove(folder, error);
}

Result<HeldWorkFolder> HeldWorkFolder::Take(const TrainOptions& options) {
  const Path folder = WorkFolder(options);
  std::error_code error;
  std::vector<Path> made;
  for (Path outer = folder.parent_path();
       !outer.empty() && !std::filesystem::exists(outer, error) && !error;
       outer = outer.parent_path())
    made.push_back(outer);
  HeldWorkFolder held(folder, std::move(made));
  std::filesystem::create_directories(folder, error);
  if (error) return ErrnoStatus(error.value(), "creating", folder);
  auto lock = FileLock::TryAcquire(folder / kLock);
  if (lock.status().code() == StatusCode::kBusy)
    return Busy(Printable(folder) +
                ": another process is training this model; wait for it, stop "
                "it, or choose another name for the model");
  HL_TRY(lock.status());
  held.lock_ = std::move(*lock);
  return held;
}

}  // namespace hashlens
