#include "python/src/long_call.h"

#include <chrono>
#include <string>

namespace hashlens::python {
namespace {

namespace nb = nanobind;

constexpr std::chrono::milliseconds kSignalInterval{100};

nb::str Text(std::string_view text) { return nb::str(text.data(), text.size()); }

}  // namespace

ProgressFunction LongCall::progress() {
  if (progress_.is_none()) return {};
  return [this](const Progress& now) {
    CallPython([&] {
      progress_(Text(now.stage), now.done, now.total, now.failed, now.skipped, Text(now.detail),
                now.seconds_left);
    });
  };
}

bool LongCall::CallPython(const std::function<void()>& python) {
  std::unique_lock lock(mutex_);
  asked_ = &python;
  changed_.notify_all();
  changed_.wait(lock, [this] { return asked_ == nullptr; });
  return error_ == nullptr;
}

void LongCall::RunPython(const std::function<void()>& python) {
  if (error_ != nullptr) return;
  try {
    python();
  } catch (...) {
    error_ = std::current_exception();
    stop_.request_stop();
  }
}

void LongCall::Wait() {
  std::unique_lock lock(mutex_);
  while (true) {
    changed_.wait_for(lock, kSignalInterval, [this] { return done_ || asked_ != nullptr; });
    if (done_) return;
    // Never both at once: whoever holds the GIL may wait for the work to answer.
    const std::function<void()>* asked = asked_;
    lock.unlock();
    {
      const nb::gil_scoped_acquire gil;
      RunPython([&] {
        if (PyErr_CheckSignals() != 0) throw nb::python_error();
        if (asked != nullptr) (*asked)();
      });
    }
    lock.lock();
    if (asked != nullptr) {
      asked_ = nullptr;
      changed_.notify_all();
    }
  }
}

void LongCall::Start(const std::function<void()>& work) {
  {
    const nb::gil_scoped_release release;
    std::thread worker([&] {
      work();
      const std::lock_guard lock(mutex_);
      done_ = true;
      changed_.notify_all();
    });
    Wait();
    worker.join();
  }
  if (error_ != nullptr) std::rethrow_exception(error_);
}

}  // namespace hashlens::python
