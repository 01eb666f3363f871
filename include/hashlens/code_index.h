// Exact nearest neighbours of binary codes by Hamming distance, in memory.
#ifndef HASHLENS_CODE_INDEX_H_
#define HASHLENS_CODE_INDEX_H_

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <memory>
#include <optional>
#include <span>
#include <string_view>
#include <vector>

#include "hashlens/bitmap.h"
#include "hashlens/status.h"
#include "hashlens/strategy.h"

namespace hashlens {

struct Neighbor {
  uint64_t row = 0;
  uint32_t distance = 0;  // bits that differ
  bool operator==(const Neighbor&) const = default;
};

// What steps of a search cost on a machine, in nanoseconds: what kAuto reckons with. The defaults
// are those of a 2024 server CPU with AVX-512.
struct CodeCosts {
  double scan_word = 0.22;        // scan: 64 bits of a code, one query alone
  double scan_word_batch = 0.11;  // the same, many queries at once
  double group_word = 0.30;       // distinct and balls: 64 bits of a code or centre
  double group = 60;              // balls: each group that has something to compare
  double probe = 2.5;             // buckets and mih: each bucket
  double candidate = 12;          // each code found in one, while all codes fit into the cache
  double far_candidate = 60;      // where they don't (more than kCacheBytes)
  static constexpr uint64_t kCacheBytes = uint64_t{8} << 20;
};

// This machine's; takes some seconds on one thread, and 200 MB. kIoError without memory.
Result<CodeCosts> MeasureCosts();

struct CodeQuery {
  size_t k = 1000;  // at most this many neighbours
  // The rows as far away as the k-th (its Hamming shell) are given, too, up to so many neighbours
  // in all; CodeTrace::ties_cut counts the others. Less than k counts as k. 0: exactly k, and the
  // rest of the shell is not counted.
  size_t most = 0;
  int radius = -1;  // only those within this distance; -1: no limit
  std::optional<Neighbor> after =
      std::nullopt;                 // only those that come after it, by (distance, row): paging
  const Bitmap* allowed = nullptr;  // only these rows (size: rows()); nullptr: all. Not owned.
  int threads = 1;
  Strategy strategy = Strategy::kAuto;
};

// Codes in memory, in blocks laid out word by word for the scan: about rows * ceil(bits / 64) * 8
// bytes; prepared, about that again and 10 bytes a row, and up to four times as much once
// multi-index hashing has been used. Rows are numbered from 0 as they come. Append, Prepare and
// LoadPrepared must not overlap with anything on the same object; searches may run on several
// threads at once. What is said of arguments is for the caller to hold, as with the containers of
// the standard library: it is not looked at here (MemoryIndex does). Where memory runs out, Prepare
// says so, and the others throw std::bad_alloc, as the containers of the standard library do; the
// index stays as it was.
class CodeIndex {
 public:
  explicit CodeIndex(int bits);  // 8..512
  ~CodeIndex();
  CodeIndex(CodeIndex&&) noexcept;
  CodeIndex& operator=(CodeIndex&&) noexcept;

  int bits() const;
  // Of one packed code: bit i is bit i % 8 of byte i / 8; unused high bits of the last byte are 0.
  size_t code_bytes() const;
  uint64_t rows() const;

  // The first rows (at most those that there are) of this index as another one, with what was
  // prepared if it covers no more than these. Memory is shared: it takes little time and room, and
  // appending to either leaves the other as it is.
  CodeIndex FirstRows(uint64_t count) const;

  void Reserve(uint64_t rows);
  // codes: n * code_bytes() bytes. They become rows rows()..rows()+n-1.
  void Append(std::span<const uint8_t> codes);
  // The packed code of a row, code_bytes() bytes into `code`.
  void GetCode(uint64_t row, std::span<uint8_t> code) const;

  // Arranges the rows that are there (up to 2^32 - 1) for the other strategies; seconds for
  // millions. Rows that come later are scanned until it is called again. kIoError when there is not
  // enough memory: the index is then as it was.
  Status Prepare(int threads = 1);
  // Keeps what was prepared in a file, which is replaced in one step. kInvalidArgument when there
  // is nothing; errors of writing.
  Status SavePrepared(const std::filesystem::path& file) const;
  // Instead of Prepare: by a file of the same codes, or of the first of them, which takes a
  // fraction of the time. kNotFound; kInvalidArgument when it is of other codes; kCorruption,
  // kUnsupported, kIoError. On failure the index stays as it was.
  Status LoadPrepared(const std::filesystem::path& file);
  // How many rows LoadPrepared would cover, or its error; every byte is looked at, and none kept.
  Result<uint64_t> CheckPrepared(const std::filesystem::path& file) const;
  // A multiple of 64; the others are scanned.
  uint64_t prepared_rows() const;
  uint64_t prepared_bytes() const;
  // Whether searches can go by it. kAuto and kScan always can.
  bool Can(Strategy strategy) const;
  void SetCosts(const CodeCosts& costs);

  // For each of the m queries (m * code_bytes() bytes): the k nearest allowed rows by (distance,
  // row), and with query.most those as far away as the k-th. Exact by every strategy: nothing
  // nearer than the last one given is left out. One that the index can't go by is replaced by the
  // scan. traces: one a query, or nullptr.
  std::vector<std::vector<Neighbor>> Search(std::span<const uint8_t> queries,
                                            const CodeQuery& query,
                                            std::vector<CodeTrace>* traces = nullptr) const;

  // The allowed rows from `begin`, a multiple of 64, to `end` - 1 (at most rows()) within `radius`
  // of one code, by ascending row. Compares every code there.
  std::vector<Neighbor> Within(std::span<const uint8_t> code, uint32_t radius, uint64_t begin,
                               uint64_t end, const Bitmap* allowed = nullptr) const;

  // How many different codes the allowed rows have (nullptr: all rows). Sorts a copy of the codes.
  uint64_t CountDistinct(const Bitmap* allowed = nullptr) const;

 private:
  struct Parts;
  explicit CodeIndex(std::unique_ptr<Parts> parts);
  std::unique_ptr<Parts> parts_;
};

// The instruction set that the scan uses on this machine: "AVX3_ZEN4", "AVX2", "NEON", ...
std::string_view ScanTarget();

}  // namespace hashlens

#endif  // HASHLENS_CODE_INDEX_H_
