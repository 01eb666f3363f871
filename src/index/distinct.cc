#include "index/distinct.h"

#include <algorithm>
#include <array>
#include <vector>

namespace hashlens {
namespace {

constexpr uint64_t kShareRows = uint64_t{1} << 20;

// Which of `shares` shares a code is in: equal codes are in the same one.
uint64_t Share(const uint64_t* words, size_t count, uint64_t shares) {
  uint64_t mixed = 0;
  for (size_t w = 0; w < count; ++w) {
    mixed = (mixed ^ words[w]) * 0x9e3779b97f4a7c15u;
    mixed ^= mixed >> 32;
  }
  return (mixed & 0xffffffffu) * shares >> 32;
}

template <size_t kWords>
uint64_t CountWords(const CodeBlocks& blocks, const Bitmap* allowed) {
  const uint64_t shares = blocks.rows() / kShareRows + 1;
  std::vector<std::array<uint64_t, kWords>> codes;
  uint64_t distinct = 0;
  for (uint64_t share = 0; share < shares; ++share) {
    codes.clear();
    std::array<uint64_t, kWords> code;
    for (uint64_t row = 0; row < blocks.rows(); ++row) {
      if (allowed != nullptr && !allowed->Get(row)) continue;
      blocks.GetWords(row, code.data());
      if (Share(code.data(), kWords, shares) == share) codes.push_back(code);
    }
    std::sort(codes.begin(), codes.end());
    distinct += static_cast<uint64_t>(std::unique(codes.begin(), codes.end()) - codes.begin());
  }
  return distinct;
}

}  // namespace

uint64_t CountDistinctCodes(const CodeBlocks& blocks, const Bitmap* allowed) {
  switch (blocks.words()) {
    case 1:
      return CountWords<1>(blocks, allowed);
    case 2:
      return CountWords<2>(blocks, allowed);
    case 3:
      return CountWords<3>(blocks, allowed);
    case 4:
      return CountWords<4>(blocks, allowed);
    case 5:
      return CountWords<5>(blocks, allowed);
    case 6:
      return CountWords<6>(blocks, allowed);
    case 7:
      return CountWords<7>(blocks, allowed);
    default:
      return CountWords<8>(blocks, allowed);
  }
}

}  // namespace hashlens
