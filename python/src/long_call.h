// Long work for Python: progress, Ctrl-C, and Python code that the work asks for.
#ifndef HASHLENS_PYTHON_SRC_LONG_CALL_H_
#define HASHLENS_PYTHON_SRC_LONG_CALL_H_

#include <nanobind/nanobind.h>

#include <condition_variable>
#include <exception>
#include <functional>
#include <mutex>
#include <optional>
#include <stop_token>
#include <thread>
#include <utility>

#include "hashlens/types.h"

namespace hashlens::python {

// One long call. The work runs on a thread of its own; the thread that called, which holds the GIL,
// waits without it, looks for signals ten times a second and runs what Python code the work asks
// for: so all Python code runs on the caller's thread, as Python's signals and thread-bound objects
// want it. An error in it, KeyboardInterrupt too, stops the work by its token; Run raises it once
// the work has ended, with what it did until then kept.
class LongCall {
 public:
  // progress: called as progress(stage, done, total, failed, skipped, detail, seconds_left), or
  // None.
  explicit LongCall(nanobind::object progress) : progress_(std::move(progress)) {}

  std::stop_token stop() const { return stop_.get_token(); }
  // For the options of the work; empty without one.
  ProgressFunction progress();

  // By the work, on its thread: has `python` run with the GIL, and waits. False: it failed, or
  // something before it did, and the work is to end.
  bool CallPython(const std::function<void()>& python);

  // work: returns a Status or a Result. Called once.
  template <typename Work>
  auto Run(Work work) -> decltype(work()) {
    std::optional<decltype(work())> answer;
    Start([&] { answer.emplace(work()); });
    return std::move(*answer);
  }

 private:
  void Start(const std::function<void()>& work);
  void Wait();
  // With the GIL: runs it unless something failed before; keeps what it throws.
  void RunPython(const std::function<void()>& python);

  nanobind::object progress_;
  std::stop_source stop_;
  std::mutex mutex_;
  std::condition_variable changed_;
  const std::function<void()>* asked_ = nullptr;  // by the work, not answered yet
  bool done_ = false;
  std::exception_ptr error_;  // of Python code
};

}  // namespace hashlens::python

#endif  // HASHLENS_PYTHON_SRC_LONG_CALL_H_
