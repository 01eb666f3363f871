#include "index/equal_codes.h"

#include <algorithm>
#include <array>
#include <cstring>

namespace hashlens {
namespace {

// Sorting by a number made of the code brings equal codes together at a fraction of the cost of
// sorting by the codes.
struct HashedRow {
  uint64_t hash;
  uint32_t row;
  bool operator<(const HashedRow& other) const {
    return hash != other.hash ? hash < other.hash : row < other.row;
  }
};

uint64_t HashOf(const uint64_t* code, size_t words) {
  if (words == 1) return code[0];
  uint64_t mixed = 0;
  for (size_t w = 0; w < words; ++w) {
    mixed = (mixed ^ code[w]) * 0x9e3779b97f4a7c15u;
    mixed ^= mixed >> 29;
  }
  return mixed;
}

class Rows {
 public:
  explicit Rows(const CodeBlocks& blocks) : blocks_(blocks) {}

  bool Equal(uint32_t a, uint32_t b) const { return Compare(a, b) == 0; }
  bool Less(uint32_t a, uint32_t b) const {
    const int order = Compare(a, b);
    return order != 0 ? order < 0 : a < b;
  }

 private:
  int Compare(uint32_t a, uint32_t b) const {
    std::array<uint64_t, kMaxCodeWords> x;
    std::array<uint64_t, kMaxCodeWords> y;
    blocks_.GetWords(a, x.data());
    blocks_.GetWords(b, y.data());
    return std::memcmp(x.data(), y.data(), blocks_.words() * sizeof(uint64_t));
  }

  const CodeBlocks& blocks_;
};

// Two codes with one hash are as good as never seen, and must not be taken for equal all the same.
void SeparateCollisions(const Rows& rows, std::vector<HashedRow>::iterator begin,
                        std::vector<HashedRow>::iterator end) {
  const bool same = std::all_of(
      begin, end, [&](const HashedRow& other) { return rows.Equal(begin->row, other.row); });
  if (same) return;
  std::sort(begin, end,
            [&](const HashedRow& a, const HashedRow& b) { return rows.Less(a.row, b.row); });
}

}  // namespace

EqualCodes FindEqualCodes(const CodeBlocks& blocks, uint64_t rows) {
  std::vector<HashedRow> hashed(rows);
  uint64_t code[kMaxCodeWords];
  for (uint64_t row = 0; row < rows; ++row) {
    blocks.GetWords(row, code);
    hashed[row] = {HashOf(code, blocks.words()), static_cast<uint32_t>(row)};
  }
  std::sort(hashed.begin(), hashed.end());
  const Rows compare(blocks);
  EqualCodes equal;
  equal.order.resize(rows);
  for (auto begin = hashed.begin(); begin != hashed.end();) {
    const auto end = std::find_if(
        begin, hashed.end(), [&](const HashedRow& other) { return other.hash != begin->hash; });
    if (blocks.words() > 1) SeparateCollisions(compare, begin, end);
    for (auto row = begin; row != end; ++row) {
      const auto at = static_cast<uint32_t>(row - hashed.begin());
      equal.order[at] = row->row;
      if (row == begin || !compare.Equal(row[-1].row, row->row)) equal.starts.push_back(at);
    }
    begin = end;
  }
  equal.starts.push_back(static_cast<uint32_t>(rows));
  return equal;
}

}  // namespace hashlens
