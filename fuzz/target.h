// A fuzz target: a function that takes any bytes and returns. Linked with libFuzzer alone, and with
// all others into the test that replays fuzz/corpus.
#ifndef HASHLENS_FUZZ_TARGET_H_
#define HASHLENS_FUZZ_TARGET_H_

#include <cstdio>
#include <cstdlib>
#include <string_view>
#include <vector>

#include "base/bytes.h"

namespace hashlens {

// One for each file in fuzz/, named as the file; it lives as long as the program.
class FuzzTarget {
 public:
  using Function = void (*)(ByteSpan input);
  FuzzTarget(std::string_view name, Function function) : name_(name), function_(function) {
    All().push_back(this);
  }
  FuzzTarget(const FuzzTarget&) = delete;
  FuzzTarget& operator=(const FuzzTarget&) = delete;

  std::string_view name() const { return name_; }
  void Run(ByteSpan input) const { function_(input); }

  // Those of this program, in any order.
  static std::vector<const FuzzTarget*>& All() {
    static std::vector<const FuzzTarget*> all;
    return all;
  }

 private:
  std::string_view name_;
  Function function_;
};

// What a target promises beside not to crash: ends the program where it does not hold.
inline void Require(bool holds, const char* promise) {
  if (holds) return;
  std::fprintf(stderr, "fuzz: does not hold: %s\n", promise);
  std::abort();
}

}  // namespace hashlens

#endif  // HASHLENS_FUZZ_TARGET_H_
