#include "apps/server/jobs.h"

namespace hashlens {
namespace {

constexpr size_t kKept = 300;

const char* NameOf(JobState state) {
  switch (state) {
    case JobState::kQueued:
      return "queued";
    case JobState::kRunning:
      return "running";
    case JobState::kDone:
      return "done";
    case JobState::kFailed:
      return "failed";
    case JobState::kCancelled:
      return "cancelled";
  }
  return "";
}

}  // namespace

nlohmann::json ToJson(const Job& job) {
  nlohmann::json json = {
      {"id", job.id},         {"library", job.library}, {"state", NameOf(job.state)},
      {"stage", job.stage},   {"done", job.done},       {"total", job.total},
      {"failed", job.failed}, {"skipped", job.skipped}, {"report", job.report}};
  json["seconds_left"] =
      job.seconds_left < 0 ? nlohmann::json(nullptr) : nlohmann::json(job.seconds_left);
  json["error"] = job.error.empty() ? nlohmann::json(nullptr) : nlohmann::json(job.error);
  return json;
}

Job JobBoard::Add(const std::string& library) {
  std::lock_guard lock(mutex_);
  Forget();
  Job& job = jobs_[++last_];
  job.id = last_;
  job.library = library;
  return job;
}

void JobBoard::Change(uint64_t id, const std::function<void(Job*)>& change) {
  std::lock_guard lock(mutex_);
  const auto found = jobs_.find(id);
  if (found == jobs_.end()) return;
  change(&found->second);
  ++found->second.version;
  changed_.notify_all();
}

std::optional<Job> JobBoard::Find(uint64_t id) const {
  std::lock_guard lock(mutex_);
  const auto found = jobs_.find(id);
  return found == jobs_.end() ? std::nullopt : std::optional(found->second);
}

std::vector<Job> JobBoard::All() const {
  std::lock_guard lock(mutex_);
  std::vector<Job> all;
  for (const auto& [id, job] : jobs_) all.push_back(job);
  return all;
}

std::optional<Job> JobBoard::WaitFor(uint64_t id, uint64_t seen,
                                     std::chrono::milliseconds most) const {
  std::unique_lock lock(mutex_);
  changed_.wait_for(lock, most, [&] {
    const auto found = jobs_.find(id);
    return found == jobs_.end() || found->second.version != seen;
  });
  const auto found = jobs_.find(id);
  return found == jobs_.end() ? std::nullopt : std::optional(found->second);
}

bool JobBoard::Cancel(uint64_t id) {
  std::optional<Job> job = Find(id);
  if (!job) return false;
  job->stop.request_stop();
  return true;
}

void JobBoard::CancelAll() {
  for (const Job& job : All()) Cancel(job.id);
}

void JobBoard::Forget() {
  size_t ended = 0;
  for (const auto& [id, job] : jobs_) ended += job.ended() ? 1 : 0;
  if (ended <= kKept) return;
  for (auto at = jobs_.begin(); at != jobs_.end() && ended > kKept;) {
    const bool goes = at->second.ended();
    if (goes) --ended;
    at = goes ? jobs_.erase(at) : std::next(at);
  }
  changed_.notify_all();
}

}  // namespace hashlens
