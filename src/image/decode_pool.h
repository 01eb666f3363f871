// The decoding processes of this process: started when there is work, used again, replaced when
// they end.
#ifndef HASHLENS_IMAGE_DECODE_POOL_H_
#define HASHLENS_IMAGE_DECODE_POOL_H_

#include <chrono>
#include <condition_variable>
#include <deque>
#include <functional>
#include <memory>
#include <mutex>
#include <thread>

#include "image/decode_process.h"

namespace hashlens {

// Thread-safe.
class DecodePool {
 public:
  // program: empty to look for it (image/decode_program.h). most: processes at the same time.
  // idle_time: after so long without work a process is ended.
  explicit DecodePool(Path program = {}, size_t most = UsualMost(),
                      std::chrono::milliseconds idle_time = std::chrono::minutes(1));
  ~DecodePool();  // when no thread uses it any more; kills all processes
  DecodePool(const DecodePool&) = delete;
  DecodePool& operator=(const DecodePool&) = delete;

  // In a process of its own while it lasts; waits while all are busy. The errors of DecodeImage.
  Result<ApartPicture> Decode(const ApartRequest& request);
  // What a process says of itself when it starts; starts one for it if there is none.
  Result<DecodeMessage> Hello();

  // The one of this program, which lives as long as it. A forked child gets one of its own.
  static DecodePool& Shared();
  static size_t UsualMost();

 private:
  using Process = std::unique_ptr<DecodeProcess>;
  struct Idle {
    Process process;
    std::chrono::steady_clock::time_point since;
  };
  Result<Process> Take(bool pdf);
  Result<Process> Start(bool pdf);
  Result<SpawnedProgram> SpawnByKeeper(const Path& program, bool pdf);
  void GiveBack(Process process);
  void Keep(std::stop_token stop);

  const Path program_;
  const size_t most_;
  const std::chrono::milliseconds idle_time_;
  std::mutex mutex_;
  std::condition_variable_any changed_;
  std::deque<Idle> idle_;                     // the last used last
  size_t busy_ = 0;                           // with work, or being started
  std::deque<std::function<void()>> spawns_;  // for the keeper
  // Starts all processes, as they end with the thread that started them; and ends idle ones.
  std::jthread keeper_;
};

}  // namespace hashlens

#endif  // HASHLENS_IMAGE_DECODE_POOL_H_
