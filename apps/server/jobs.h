// Index runs that were asked for over HTTP: what is to be done, is being done, and was done lately.
#ifndef HASHLENS_APPS_SERVER_JOBS_H_
#define HASHLENS_APPS_SERVER_JOBS_H_

#include <chrono>
#include <condition_variable>
#include <cstdint>
#include <functional>
#include <map>
#include <mutex>
#include <nlohmann/json.hpp>
#include <optional>
#include <stop_token>
#include <string>
#include <vector>

namespace hashlens {

enum class JobState { kQueued, kRunning, kDone, kFailed, kCancelled };

struct Job {
  uint64_t id = 0;
  std::string library;
  JobState state = JobState::kQueued;
  std::string stage;
  uint64_t done = 0;
  uint64_t total = 0;
  uint64_t failed = 0;
  uint64_t skipped = 0;
  double seconds_left = -1;  // below 0: not known
  nlohmann::json report;     // null until it is done
  std::string error;
  uint64_t version = 0;  // goes up with every change
  std::stop_source stop;

  bool ended() const { return state != JobState::kQueued && state != JobState::kRunning; }
};

nlohmann::json ToJson(const Job& job);

// Thread-safe.
class JobBoard {
 public:
  Job Add(const std::string& library);
  void Change(uint64_t id, const std::function<void(Job*)>& change);
  // None: never was, or is forgotten; the last few hundred that ended are kept.
  std::optional<Job> Find(uint64_t id) const;
  std::vector<Job> All() const;
  // As it is once its version is not `seen` any more, or after that time. None as soon as it is
  // forgotten.
  std::optional<Job> WaitFor(uint64_t id, uint64_t seen, std::chrono::milliseconds most) const;
  // Asks a job that has not ended to end. False when it is not there.
  bool Cancel(uint64_t id);
  void CancelAll();

 private:
  void Forget();

  mutable std::mutex mutex_;
  mutable std::condition_variable changed_;
  std::map<uint64_t, Job> jobs_;
  uint64_t last_ = 0;
};

}  // namespace hashlens

#endif  // HASHLENS_APPS_SERVER_JOBS_H_
