#include "train/head_choice.h"

#include <algorithm>
#include <bit>

#include "base/code.h"
#include "train/schedule.h"

namespace hashlens {
namespace {

constexpr size_t kDepth = 1000;

std::vector<uint8_t> CodesOf(const HashHead& head, std::span<const float> features, size_t rows) {
  std::vector<uint8_t> codes(rows * CodeBytes(head.bits));
  ApplyHead(head, features, codes);
  return codes;
}

size_t Distance(const uint8_t* a, const uint8_t* b, size_t bytes) {
  size_t bits = 0;
  for (size_t i = 0; i < bytes; ++i)
    bits += static_cast<size_t>(std::popcount(static_cast<uint8_t>(a[i] ^ b[i])));
  return bits;
}

bool ShareLabel(const std::vector<int>& a, const std::vector<int>& b) {
  return std::ranges::any_of(a, [&](int label) { return std::ranges::binary_search(b, label); });
}

// relevant(i): whether the i-th of `ranked` is.
template <typename Relevant>
double AveragePrecision(size_t depth, const Relevant& relevant) {
  double sum = 0;
  size_t found = 0;
  for (size_t i = 0; i < depth; ++i) {
    if (relevant(i)) sum += static_cast<double>(++found) / static_cast<double>(i + 1);
  }
  return found == 0 ? 0 : sum / static_cast<double>(found);
}

}  // namespace

std::optional<double> HeldOutMap(const HashHead& head, const LabelledCodes& database,
                                 const LabelledCodes& queries, uint64_t seed) {
  const size_t rows = database.labels->size();
  const size_t count = queries.labels->size();
  if (rows == 0 || count == 0) return std::nullopt;
  const size_t bytes = CodeBytes(head.bits);
  const std::vector<uint8_t> codes = CodesOf(head, database.features, rows);
  const std::vector<uint8_t> query_codes = CodesOf(head, queries.features, count);
  const std::vector<size_t> order = EpochOrder(rows, seed, 0);
  double sum = 0;
  for (size_t q = 0; q < count; ++q) {
    std::vector<std::vector<size_t>> at(static_cast<size_t>(head.bits) + 1);  // rows by distance
    for (const size_t row : order)
      at[Distance(&query_codes[q * bytes], &codes[row * bytes], bytes)].push_back(row);
    std::vector<size_t> ranked;
    for (size_t d = 0; d < at.size() && ranked.size() < kDepth; ++d)
      ranked.insert(ranked.end(), at[d].begin(), at[d].end());
    const std::vector<int>& wanted = (*queries.labels)[q];
    sum += AveragePrecision(std::min(kDepth, ranked.size()), [&](size_t i) {
      return ShareLabel((*database.labels)[ranked[i]], wanted);
    });
  }
  return sum / static_cast<double>(count);
}

}  // namespace hashlens
