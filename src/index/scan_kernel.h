// The inner loops of the exact search: Hamming distances of one query to a run of rows, compared
// with a limit or with each other.
#ifndef HASHLENS_INDEX_SCAN_KERNEL_H_
#define HASHLENS_INDEX_SCAN_KERNEL_H_

#include <cstddef>
#include <cstdint>
#include <string_view>

namespace hashlens {

// Rows of a group lie side by side: word w of row r is groups[(r / 8 * words + w) * 8 + r % 8], so
// that a group is `words` cache lines and a run of groups is one stream.
inline constexpr size_t kGroupRows = 8;

// A row that passed, as one number that sorts by (distance, row).
inline constexpr int kKeyRowBits = 48;
inline constexpr uint64_t MakeKey(uint32_t distance, uint64_t row) {
  return (uint64_t{distance} << kKeyRowBits) | row;
}
inline constexpr uint32_t KeyDistance(uint64_t key) {
  return static_cast<uint32_t>(key >> kKeyRowBits);
}
inline constexpr uint64_t KeyRow(uint64_t key) { return key & ((uint64_t{1} << kKeyRowBits) - 1); }

// What RowRun::ahead is best for codes in memory: 4 KB.
inline constexpr size_t kAheadWords = 512;

// Rows first_row .. first_row + rows - 1. Nothing is owned.
struct RowRun {
  const uint64_t* groups = nullptr;  // aligned to 64 bytes; the last group is readable to its end
  size_t words = 1;                  // of a code
  size_t rows = 0;                   // any number
  uint64_t first_row = 0;            // the number that the first row of the run gets in its key
  const uint64_t* allowed =
      nullptr;  // row i of the run counts if bit i % 64 of allowed[i / 64]; nullptr: all
  // Words by which memory is asked for ahead of the rows that are looked at: for rows that are
  // likely not in the cache. 0: not at all.
  size_t ahead = 0;
};

// Writes the keys of the rows of the run whose distance to `query` (run.words words) is below
// `limit`, by ascending row, and returns how many. Room for run.rows keys. Thread-safe.
size_t ScanRun(const RowRun& run, const uint64_t* query, uint32_t limit, uint64_t* keys);

// The smallest key of the run's rows, whatever run.allowed says; of equal distances the first
// row's. run.rows >= 1. Thread-safe.
uint64_t NearestInRun(const RowRun& run, const uint64_t* query);

// What bounds ScanRun, for measuring: the same rows with nothing done but reading (the exclusive or
// of all words), and with nothing done but counting (the sum of the distances of whole groups).
// Thread-safe.
uint64_t XorOfRun(const RowRun& run);
uint64_t SumOfDistances(const RowRun& run, const uint64_t* query);

// The instruction set that ScanRun uses now, and whether it counts the bits of 64-bit lanes by one
// instruction.
struct ScanTargetInfo {
  std::string_view name;
  bool native_popcount = false;
};
ScanTargetInfo CurrentScanTarget();

}  // namespace hashlens

#endif  // HASHLENS_INDEX_SCAN_KERNEL_H_
