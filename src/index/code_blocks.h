// Codes in memory, in the layout that the scan reads.
#ifndef HASHLENS_INDEX_CODE_BLOCKS_H_
#define HASHLENS_INDEX_CODE_BLOCKS_H_

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <vector>

#include "base/code.h"
#include "index/scan_kernel.h"

namespace hashlens {

inline constexpr size_t kMaxCodeWords = kMaxBits / 64;

// The memory is in chunks that stay where they are, so that growing copies nothing and needs no
// second copy of the codes for a moment. Full chunks never change, and may belong to several
// CodeBlocks. Reading on several threads is safe while nobody appends.
class CodeBlocks {
 public:
  // Rows of a chunk: 2 MiB for each word of a code, so that chunks are whole huge pages.
  static constexpr uint64_t kChunkRows = uint64_t{1} << 18;

  explicit CodeBlocks(int bits) : bits_(bits), words_((static_cast<size_t>(bits) + 63) / 64) {}
  CodeBlocks(CodeBlocks&&) noexcept = default;
  CodeBlocks& operator=(CodeBlocks&&) noexcept = default;

  int bits() const { return bits_; }
  size_t words() const { return words_; }
  uint64_t rows() const { return rows_; }

  // The first rows of these, sharing the full chunks among them. Appending to either leaves the
  // other as it is.
  CodeBlocks FirstRows(uint64_t rows) const;

  void Reserve(uint64_t rows);
  // n * CodeBytes(bits) bytes.
  void Append(std::span<const uint8_t> codes);
  // One code of words() words, bits past the code's length 0.
  void AppendWords(const uint64_t* words);

  // The code of a row as words; bits past the code's length are 0.
  void GetWords(uint64_t row, uint64_t* words) const;
  // Bits in which a row's code differs from `query`, words() words.
  uint32_t Distance(uint64_t row, const uint64_t* query) const;
  // Of the memory that rows take.
  uint64_t bytes() const { return rows_ * words_ * sizeof(uint64_t); }
  // Packed code <-> words.
  void Unpack(const uint8_t* code, uint64_t* words) const;
  void Pack(const uint64_t* words, uint8_t* code) const;

  // A number that tells the first rows' codes from others, in value or order; by chance alike once
  // in 2^64. The same on every machine, today and later: files keep it.
  uint64_t Fingerprint(uint64_t rows) const;
  // The memory of all rows as it lies, for files: whole groups of kGroupRows rows, those past the
  // last row zero.
  std::vector<std::span<const uint64_t>> Pieces() const;
  // The same of `rows` rows, all zero, to be filled.
  static CodeBlocks Zeros(int bits, uint64_t rows, std::vector<std::span<uint64_t>>* pieces);

  // `count` rows from `first` on, which is a multiple of kGroupRows; they must lie in one chunk.
  RowRun Run(uint64_t first, uint64_t count) const;

 private:
  struct Free {
    void operator()(uint64_t* memory) const;
  };
  using Chunk = std::shared_ptr<uint64_t[]>;

  // Calls use(first word, number of words) for what rows take of each chunk.
  template <class Use>
  void ForEachPiece(const Use& use) const;
  // Word w of the row is kGroupRows * w further on.
  const uint64_t* FirstWord(uint64_t row) const;

  int bits_;
  size_t words_;
  uint64_t rows_ = 0;
  std::vector<Chunk> chunks_;
};

}  // namespace hashlens

#endif  // HASHLENS_INDEX_CODE_BLOCKS_H_
