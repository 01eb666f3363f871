#include "train/head_choice.h"

#include <algorithm>
#include <bit>

#include "base/code.h"
#include "train/schedule.h"

namespace hashlens {
namespace {

constexpr size_t kDepth = 1000;
constexpr double kBetterThanChance = 0.02;  // of the way from chance to 1

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

// rank(q): at least the first kDepth rows of the database, or all, for a query.
template <typename Rank>
std::optional<double> MeanPrecision(const std::vector<std::vector<int>>& database,
                                    const std::vector<std::vector<int>>& queries,
                                    const Rank& rank) {
  if (database.empty() || queries.empty()) return std::nullopt;
  double sum = 0;
  for (size_t q = 0; q < queries.size(); ++q) {
    const std::vector<size_t>& ranked = rank(q);
    sum += AveragePrecision(std::min(kDepth, ranked.size()),
                            [&](size_t i) { return ShareLabel(database[ranked[i]], queries[q]); });
  }
  return sum / static_cast<double>(queries.size());
}

}  // namespace

std::optional<double> HeldOutMap(const HashHead& head, const LabelledCodes& database,
                                 const LabelledCodes& queries, uint64_t seed) {
  const size_t rows = database.labels->size();
  const size_t bytes = CodeBytes(head.bits);
  const std::vector<uint8_t> codes = CodesOf(head, database.features, rows);
  const std::vector<uint8_t> query_codes = CodesOf(head, queries.features, queries.labels->size());
  const std::vector<size_t> order = EpochOrder(rows, seed, 0);
  std::vector<size_t> ranked;
  return MeanPrecision(
      *database.labels, *queries.labels, [&](size_t q) -> const std::vector<size_t>& {
        std::vector<std::vector<size_t>> at(static_cast<size_t>(head.bits) + 1);  // by distance
        for (const size_t row : order)
          at[Distance(&query_codes[q * bytes], &codes[row * bytes], bytes)].push_back(row);
        ranked.clear();
        for (size_t d = 0; d < at.size() && ranked.size() < kDepth; ++d)
          ranked.insert(ranked.end(), at[d].begin(), at[d].end());
        return ranked;
      });
}

std::optional<double> ChanceMap(const std::vector<std::vector<int>>& database,
                                const std::vector<std::vector<int>>& queries, uint64_t seed) {
  const std::vector<size_t> order = EpochOrder(database.size(), seed, 0);
  return MeanPrecision(database, queries,
                       [&](size_t) -> const std::vector<size_t>& { return order; });
}

std::string Complaint(const HashHead& head, std::span<const float> database,
                      std::optional<double> map, std::optional<double> chance) {
  const size_t bytes = CodeBytes(head.bits);
  const size_t rows = database.size() / static_cast<size_t>(head.dim);
  const std::vector<uint8_t> codes = CodesOf(head, database, rows);
  // All equal when the same codes, moved on by one, are still the same.
  if (rows > 1 &&
      std::equal(codes.begin() + static_cast<ptrdiff_t>(bytes), codes.end(), codes.begin()))
    return "all pictures have the same code of " + std::to_string(head.bits) + " bits";
  if (!map || !chance || *map > *chance + kBetterThanChance * (1 - *chance)) return {};
  char text[160];
  std::snprintf(text, sizeof text,
                "codes of %d bits find hardly more than chance does: mAP@1000 %.4f of held-out "
                "pictures, a random order has %.4f",
                head.bits, *map, *chance);
  return text;
}

}  // namespace hashlens
