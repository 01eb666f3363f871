// Sets of codes for measuring searches.
#ifndef HASHLENS_LIBRARY_BENCH_CODES_H_
#define HASHLENS_LIBRARY_BENCH_CODES_H_

#include <cstdint>
#include <memory>
#include <random>
#include <string>
#include <vector>

#include "hashlens/status.h"

namespace hashlens {

// Codes without end, of one kind; the same seed gives the same ones.
class CodeSource {
 public:
  virtual ~CodeSource() = default;
  // Appends one packed code.
  virtual void Next(std::vector<uint8_t>* codes) = 0;
};

// data: "uniform"; "clustered" (1000 random centres, each bit flipped with probability 0.08);
// "collapsed" (rows / 20 different codes); or a .npy file of codes, drawn from with replacement,
// whose codes then must have CodeBytes(bits) bytes.
Result<std::unique_ptr<CodeSource>> MakeCodeSource(const std::string& data, int bits, uint64_t rows,
                                                   uint64_t seed);

}  // namespace hashlens

#endif  // HASHLENS_LIBRARY_BENCH_CODES_H_
