// Exact nearest neighbours of binary codes by Hamming distance.
#ifndef HASHLENS_INDEX_CODE_INDEX_H_
#define HASHLENS_INDEX_CODE_INDEX_H_

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <string_view>
#include <vector>

#include "base/code.h"
#include "index/bitmap.h"

namespace hashlens {

struct Neighbor {
  uint64_t row = 0;
  uint32_t distance = 0;  // bits that differ
  bool operator==(const Neighbor&) const = default;
};

struct CodeQuery {
  size_t k = 1000;                  // at most this many neighbours
  int radius = -1;                  // only those within this distance; -1: no limit
  const Bitmap* allowed = nullptr;  // only these rows (size: rows()); nullptr: all. Not owned.
  int threads = 1;
};

// Codes in memory, in blocks laid out word by word for the scan. Memory: about rows * ceil(bits /
// 64) * 8 bytes. Append and searches must not overlap; searches may run on several threads at once.
class CodeIndex {
 public:
  explicit CodeIndex(int bits);  // 8..512
  ~CodeIndex();
  CodeIndex(CodeIndex&&) noexcept;
  CodeIndex& operator=(CodeIndex&&) noexcept;

  int bits() const;
  uint64_t rows() const;

  void Reserve(uint64_t rows);
  // codes: n * CodeBytes(bits) bytes, packed as base/code.h says. They become rows
  // rows()..rows()+n-1.
  void Append(std::span<const uint8_t> codes);
  // The packed code of a row, CodeBytes(bits) bytes into `code`.
  void GetCode(uint64_t row, std::span<uint8_t> code) const;

  // For each of the m queries (m * CodeBytes(bits) bytes): the k nearest allowed rows by (distance,
  // row). Exact: nothing nearer than the last one given is left out.
  std::vector<std::vector<Neighbor>> Search(std::span<const uint8_t> queries,
                                            const CodeQuery& query) const;

  // How many different codes the allowed rows have (nullptr: all rows). Sorts a copy of the codes.
  uint64_t CountDistinct(const Bitmap* allowed = nullptr) const;

 private:
  struct Blocks;
  std::unique_ptr<Blocks> blocks_;
};

// The instruction set that the scan uses on this machine: "AVX3_ZEN4", "AVX2", "NEON", ...
std::string_view ScanTarget();

}  // namespace hashlens

#endif  // HASHLENS_INDEX_CODE_INDEX_H_
