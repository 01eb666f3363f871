// Random numbers that are the same on every platform: the standard library's distributions differ
// between libraries, and the C library's logarithm between versions.
#ifndef HASHLENS_BASE_RANDOM_H_
#define HASHLENS_BASE_RANDOM_H_

#include <cstdint>
#include <random>

namespace hashlens {

// A stream of numbers that the seed decides. One thread.
class Random {
 public:
  explicit Random(uint64_t seed) : engine_(seed) {}
  // Uniform in [0, 1), a multiple of 2^-53.
  double Uniform() { return static_cast<double>(engine_() >> 11) * 0x1p-53; }
  // Mean 0, variance 1 (Marsaglia and Bray 1964, polar method).
  double Normal();

 private:
  std::mt19937_64 engine_;
  double spare_ = 0;
  bool has_spare_ = false;
};

// The natural logarithm of a finite x > 0 to about 1e-15, from arithmetic that IEEE 754 defines to
// the bit.
double PortableLog(double x);

}  // namespace hashlens

#endif  // HASHLENS_BASE_RANDOM_H_
