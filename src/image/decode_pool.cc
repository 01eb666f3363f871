#include "image/decode_pool.h"

#include <pthread.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <chrono>
#include <csignal>
#include <exception>
#include <future>
#include <string>

#include "base/cores.h"
#include "base/try.h"
#include "image/decode_program.h"

namespace hashlens {
namespace {

using Clock = std::chrono::steady_clock;

// Signals are for the program's own threads.
class AllSignalsBlocked {
 public:
  AllSignalsBlocked() {
    sigset_t all;
    ::sigfillset(&all);
    ::pthread_sigmask(SIG_SETMASK, &all, &before_);
  }
  AllSignalsBlocked(const AllSignalsBlocked&) = delete;
  AllSignalsBlocked& operator=(const AllSignalsBlocked&) = delete;
  ~AllSignalsBlocked() { ::pthread_sigmask(SIG_SETMASK, &before_, nullptr); }

 private:
  sigset_t before_;
};

}  // namespace

size_t DecodePool::UsualMost() {
  return std::max<size_t>(4, 2 * static_cast<size_t>(UsableCores()));
}

DecodePool::DecodePool(Path program, size_t most, std::chrono::milliseconds idle_time)
    : program_(std::move(program)), most_(most), idle_time_(idle_time) {}

DecodePool::~DecodePool() {
  keeper_ = {};  // stops and joins it
}

DecodePool& DecodePool::Shared() {
  static std::mutex mutex;
  static std::atomic<DecodePool*> shared = nullptr;
  static std::atomic<pid_t> owner = 0;
  const pid_t self = ::getpid();
  if (DecodePool* pool = shared; pool != nullptr && owner == self) return *pool;
  const std::lock_guard lock(mutex);
  // Never destroyed: threads may still decode while the program ends, and the processes end with
  // it. In a forked child the parent's pool is left alone, as its thread is not there.
  if (shared == nullptr || owner != self) {
    shared = new DecodePool();
    owner = self;
  }
  return *shared;
}

Result<ApartPicture> DecodePool::Decode(const ApartRequest& request) {
  const bool pdf = request.format == ImageFormat::kPdf;
  for (int attempt = 0;; ++attempt) {
    Result<Process> taken = Take(pdf);
    // Killed as it began, or not granted: no fault of the file.
    if (taken.status().code() == StatusCode::kIoError && attempt == 0) continue;
    HL_ASSIGN(Process process, std::move(taken));
    Result<ApartPicture> picture = [&]() -> Result<ApartPicture> {
      try {
        return process->Decode(request);
      } catch (...) {  // no memory for the pixels
        GiveBack(nullptr);
        throw;
      }
    }();
    const bool again = process->was_gone() && attempt == 0;
    if (!process->usable()) process.reset();
    GiveBack(std::move(process));
    if (!again) return picture;
  }
}

Result<DecodeMessage> DecodePool::Hello() {
  HL_ASSIGN(Process process, Take(false));
  const DecodeMessage hello = process->hello();
  GiveBack(std::move(process));
  return hello;
}

Result<DecodePool::Process> DecodePool::Take(bool pdf) {
  Process retired;  // destroyed without the lock
  {
    std::unique_lock lock(mutex_);
    const auto fits = [&](const Idle& idle) { return idle.process->pdf() == pdf; };
    for (;;) {
      const auto found = std::find_if(idle_.rbegin(), idle_.rend(), fits);
      if (found != idle_.rend()) {
        Process process = std::move(found->process);
        idle_.erase(std::next(found).base());
        ++busy_;
        return process;
      }
      if (busy_ + idle_.size() < most_) break;
      if (!idle_.empty()) {
        retired = std::move(idle_.front().process);
        idle_.pop_front();
        break;
      }
      changed_.wait(lock);
    }
    ++busy_;
  }
  retired.reset();
  auto process = [&]() -> Result<Process> {
    try {
      return Start(pdf);
    } catch (...) {
      GiveBack(nullptr);
      throw;
    }
  }();
  if (!process.ok()) GiveBack(nullptr);
  return process;
}

Result<DecodePool::Process> DecodePool::Start(bool pdf) {
  Path program = program_;
  if (program.empty()) {
    HL_ASSIGN(program, FindDecodeProgram());
  }
  HL_ASSIGN(SpawnedProgram spawned, SpawnByKeeper(program, pdf));
  auto process = std::make_unique<DecodeProcess>(program, std::move(spawned), pdf);
  HL_TRY(process->Greet());
  return process;
}

Result<SpawnedProgram> DecodePool::SpawnByKeeper(const Path& program, bool pdf) {
  std::promise<Result<SpawnedProgram>> promise;
  auto spawned = promise.get_future();
  {
    const std::lock_guard lock(mutex_);
    if (!keeper_.joinable()) {
      const AllSignalsBlocked blocked;
      keeper_ = std::jthread([this](std::stop_token stop) { Keep(std::move(stop)); });
    }
    spawns_.emplace_back([&] {
      try {
        promise.set_value(SpawnDecodeProgram(program, pdf));
      } catch (...) {  // on the caller's thread
        promise.set_exception(std::current_exception());
      }
    });
  }
  changed_.notify_all();
  return spawned.get();
}

void DecodePool::GiveBack(Process process) {
  {
    const std::lock_guard lock(mutex_);
    --busy_;
    try {
      if (process) idle_.push_back({std::move(process), Clock::now()});
    } catch (...) {  // without memory for it, the process ends
    }
  }
  changed_.notify_all();
}

void DecodePool::Keep(std::stop_token stop) {
  std::unique_lock lock(mutex_);
  while (!stop.stop_requested()) {
    if (!spawns_.empty()) {
      const auto spawn = std::move(spawns_.front());
      spawns_.pop_front();
      lock.unlock();
      spawn();
      lock.lock();
      continue;
    }
    if (!idle_.empty() && Clock::now() - idle_.front().since >= idle_time_) {
      Process old = std::move(idle_.front().process);
      idle_.pop_front();
      lock.unlock();
      old.reset();
      lock.lock();
      continue;
    }
    const auto work = [&] { return !spawns_.empty(); };
    if (idle_.empty()) {
      changed_.wait(lock, stop, [&] { return work() || !idle_.empty(); });
    } else {
      changed_.wait_until(lock, stop, idle_.front().since + idle_time_, work);
    }
  }
}

}  // namespace hashlens
