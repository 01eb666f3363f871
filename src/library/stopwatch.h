// Wall-clock time since a moment.
#ifndef HASHLENS_LIBRARY_STOPWATCH_H_
#define HASHLENS_LIBRARY_STOPWATCH_H_

#include <chrono>

namespace hashlens {

class Stopwatch {
 public:
  double Seconds() const {
    return std::chrono::duration<double>(std::chrono::steady_clock::now() - start_).count();
  }
  double Milliseconds() const { return Seconds() * 1e3; }
  // Seconds since the start or the last lap.
  double Lap() {
    const auto now = std::chrono::steady_clock::now();
    const double seconds = std::chrono::duration<double>(now - start_).count();
    start_ = now;
    return seconds;
  }

 private:
  std::chrono::steady_clock::time_point start_ = std::chrono::steady_clock::now();
};

// Between two reports of progress.
inline constexpr double kProgressSeconds = 0.1;

// Milliseconds since 1970.
inline int64_t NowMs() {
  return std::chrono::duration_cast<std::chrono::milliseconds>(
             std::chrono::system_clock::now().time_since_epoch())
      .count();
}

}  // namespace hashlens

#endif  // HASHLENS_LIBRARY_STOPWATCH_H_
