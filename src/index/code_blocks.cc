#include "index/code_blocks.h"

#include <sys/mman.h>

#include <algorithm>
#include <bit>
#include <cassert>
#include <cstring>
#include <new>

namespace hashlens {
namespace {

constexpr std::align_val_t kChunkAlignment{size_t{2} << 20};

}  // namespace

void CodeBlocks::Free::operator()(uint64_t* memory) const {
  ::operator delete[](memory, kChunkAlignment);
}

template <class Use>
void CodeBlocks::ForEachPiece(const Use& use) const {
  for (uint64_t first = 0; first < rows_; first += kChunkRows) {
    const uint64_t groups = (std::min(kChunkRows, rows_ - first) + kGroupRows - 1) / kGroupRows;
    use(chunks_[first / kChunkRows].get(), groups * kGroupRows * words_);
  }
}

CodeBlocks CodeBlocks::FirstRows(uint64_t rows) const {
  assert(rows <= rows_);
  CodeBlocks first(bits_);
  const uint64_t full = rows / kChunkRows;
  first.chunks_.assign(chunks_.begin(), chunks_.begin() + static_cast<ptrdiff_t>(full));
  first.rows_ = full * kChunkRows;
  const uint64_t rest = rows - first.rows_;
  if (rest == 0) return first;
  first.Reserve(rows);
  const uint64_t whole = rest / kGroupRows * kGroupRows;
  std::memcpy(first.chunks_[full].get(), chunks_[full].get(), whole * words_ * sizeof(uint64_t));
  first.rows_ += whole;
  uint64_t words[kMaxCodeWords];
  while (first.rows_ < rows) {
    GetWords(first.rows_, words);
    first.AppendWords(words);
  }
  return first;
}

uint64_t CodeBlocks::Fingerprint(uint64_t rows) const {
  assert(rows <= rows_);
  constexpr uint64_t kOdd = 0x9e3779b97f4a7c15u;
  uint64_t sum = static_cast<uint64_t>(bits_);
  uint64_t words[kMaxCodeWords];
  for (uint64_t row = 0; row < rows; ++row) {
    GetWords(row, words);
    uint64_t mixed = (row + 1) * kOdd;
    for (size_t w = 0; w < words_; ++w) {
      mixed = (mixed ^ words[w]) * 0xff51afd7ed558ccdu;
      mixed ^= mixed >> 32;
    }
    sum += mixed * kOdd;
  }
  return sum;
}

std::vector<std::span<const uint64_t>> CodeBlocks::Pieces() const {
  std::vector<std::span<const uint64_t>> pieces;
  ForEachPiece([&](const uint64_t* first, size_t count) { pieces.emplace_back(first, count); });
  return pieces;
}

CodeBlocks CodeBlocks::Zeros(int bits, uint64_t rows, std::vector<std::span<uint64_t>>* pieces) {
  CodeBlocks zeros(bits);
  zeros.Reserve(rows);
  zeros.rows_ = rows;
  zeros.ForEachPiece([&](uint64_t* first, size_t count) {
    std::memset(first, 0, count * sizeof(uint64_t));
    pieces->emplace_back(first, count);
  });
  return zeros;
}

void CodeBlocks::Reserve(uint64_t rows) {
  const size_t chunk_bytes = kChunkRows * words_ * sizeof(uint64_t);
  while (chunks_.size() * kChunkRows < rows) {
    auto* memory = static_cast<uint64_t*>(::operator new[](chunk_bytes, kChunkAlignment));
    chunks_.push_back(Chunk(memory, Free()));
#ifdef MADV_HUGEPAGE
    // A scan touches every page, and huge ones spare it most of the address translation. Refusal
    // costs only speed.
    (void)::madvise(chunks_.back().get(), chunk_bytes, MADV_HUGEPAGE);
#endif
  }
}

void CodeBlocks::Append(std::span<const uint8_t> codes) {
  const size_t code_bytes = CodeBytes(bits_);
  assert(codes.size() % code_bytes == 0);
  const uint64_t count = codes.size() / code_bytes;
  Reserve(rows_ + count);
  uint64_t words[kMaxCodeWords];
  for (uint64_t i = 0; i < count; ++i) {
    Unpack(codes.data() + i * code_bytes, words);
    AppendWords(words);
  }
}

void CodeBlocks::AppendWords(const uint64_t* words) {
  Reserve(rows_ + 1);
  const uint64_t in_chunk = rows_ % kChunkRows;
  uint64_t* group = chunks_[rows_ / kChunkRows].get() + in_chunk / kGroupRows * kGroupRows * words_;
  // The scan reads whole groups.
  if (rows_ % kGroupRows == 0) std::memset(group, 0, kGroupRows * words_ * sizeof(uint64_t));
  for (size_t w = 0; w < words_; ++w) group[w * kGroupRows + rows_ % kGroupRows] = words[w];
  ++rows_;
}

const uint64_t* CodeBlocks::FirstWord(uint64_t row) const {
  const uint64_t in_chunk = row % kChunkRows;
  return chunks_[row / kChunkRows].get() + in_chunk / kGroupRows * kGroupRows * words_ +
         row % kGroupRows;
}

void CodeBlocks::GetWords(uint64_t row, uint64_t* words) const {
  const uint64_t* first = FirstWord(row);
  for (size_t w = 0; w < words_; ++w) words[w] = first[w * kGroupRows];
}

uint32_t CodeBlocks::Distance(uint64_t row, const uint64_t* query) const {
  const uint64_t* first = FirstWord(row);
  uint32_t distance = 0;
  for (size_t w = 0; w < words_; ++w)
    distance += static_cast<uint32_t>(std::popcount(first[w * kGroupRows] ^ query[w]));
  return distance;
}

void CodeBlocks::Unpack(const uint8_t* code, uint64_t* words) const {
  words[words_ - 1] = 0;
  std::memcpy(words, code, CodeBytes(bits_));
}

void CodeBlocks::Pack(const uint64_t* words, uint8_t* code) const {
  std::memcpy(code, words, CodeBytes(bits_));
}

RowRun CodeBlocks::Run(uint64_t first, uint64_t count) const {
  assert(first % kGroupRows == 0 && first + count <= rows_);
  assert(count == 0 || first / kChunkRows == (first + count - 1) / kChunkRows);
  RowRun run;
  run.groups = chunks_[first / kChunkRows].get() + first % kChunkRows * words_;
  run.words = words_;
  run.rows = count;
  run.first_row = first;
  return run;
}

}  // namespace hashlens
