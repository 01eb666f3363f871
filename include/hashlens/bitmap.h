// A set of rows.
#ifndef HASHLENS_BITMAP_H_
#define HASHLENS_BITMAP_H_

#include <bit>
#include <cstdint>
#include <span>
#include <vector>

namespace hashlens {

// Rows 0..size-1, each in or out. Concurrent reads are safe.
class Bitmap {
 public:
  explicit Bitmap(uint64_t size = 0, bool all = false)
      : size_(size), words_((size + 63) / 64, all ? ~uint64_t{0} : 0) {
    if (all && size % 64 != 0) words_.back() = (uint64_t{1} << (size % 64)) - 1;
  }
  uint64_t size() const { return size_; }
  bool Get(uint64_t row) const { return (words_[row / 64] >> (row % 64)) & 1; }
  void Set(uint64_t row) { words_[row / 64] |= uint64_t{1} << (row % 64); }
  void Clear(uint64_t row) { words_[row / 64] &= ~(uint64_t{1} << (row % 64)); }
  uint64_t Count() const {
    uint64_t count = 0;
    for (uint64_t word : words_) count += static_cast<uint64_t>(std::popcount(word));
    return count;
  }
  // Row i is bit i % 64 of word i / 64; bits past the last row are 0.
  std::span<const uint64_t> words() const { return words_; }

 private:
  uint64_t size_;
  std::vector<uint64_t> words_;
};

}  // namespace hashlens

#endif  // HASHLENS_BITMAP_H_
