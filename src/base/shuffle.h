// Random order that is the same on every platform: the standard library's own shuffles differ
// between libraries.
#ifndef HASHLENS_BASE_SHUFFLE_H_
#define HASHLENS_BASE_SHUFFLE_H_

#include <cstdint>
#include <random>
#include <span>
#include <utility>

namespace hashlens {

// Uniform in 0..bound-1; bound >= 1.
inline uint64_t UniformBelow(std::mt19937_64* random, uint64_t bound) {
  const uint64_t excess = (0 - bound) % bound;  // 2^64 mod bound: as many draws are refused
  uint64_t draw = 0;
  do {
    draw = (*random)();
  } while (draw < excess);
  return draw % bound;
}

// Every order is as likely as any other (Fisher and Yates).
template <typename T>
void Shuffle(std::span<T> values, std::mt19937_64* random) {
  for (size_t left = values.size(); left > 1; --left) {
    std::swap(values[left - 1], values[UniformBelow(random, left)]);
  }
}

}  // namespace hashlens

#endif  // HASHLENS_BASE_SHUFFLE_H_
