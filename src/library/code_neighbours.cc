#include "library/code_neighbours.h"

#include <algorithm>
#include <bit>
#include <cstring>

#include "base/code.h"
#include "base/parallel.h"

namespace hashlens {
namespace {

// Packed codes as whole words, the last one filled with zeros.
std::vector<uint64_t> WordsOf(std::span<const uint8_t> codes, size_t code_bytes, size_t words) {
  const size_t count = codes.size() / code_bytes;
  std::vector<uint64_t> all(count * words);
  for (size_t i = 0; i < count; ++i)
    std::memcpy(&all[i * words], codes.data() + i * code_bytes, code_bytes);
  return all;
}

int DistanceAt(const std::vector<double>& below, double share) {
  const auto found = std::ranges::find_if(below, [&](double part) { return part >= share; });
  return static_cast<int>(found - below.begin());
}

}  // namespace

NeighbourDistances NearestCodes(std::span<const uint8_t> codes, int bits, uint64_t sample) {
  const size_t code_bytes = CodeBytes(bits);
  const size_t words = (code_bytes + 7) / 8;
  const uint64_t count = codes.size() / code_bytes;
  const std::vector<uint64_t> all = WordsOf(codes, code_bytes, words);
  NeighbourDistances distances;
  distances.images = count;
  distances.sampled = std::min(count, sample);
  std::vector<int> nearest(distances.sampled);
  ParallelFor(distances.sampled, [&](size_t i) {
    const uint64_t row = i * count / distances.sampled;
    int least = bits;
    for (uint64_t other = 0; other < count; ++other) {
      int differ = 0;
      for (size_t w = 0; w < words; ++w)
        differ += std::popcount(all[row * words + w] ^ all[other * words + w]);
      if (other != row) least = std::min(least, differ);
    }
    nearest[i] = least;
  });
  distances.counts.resize(static_cast<size_t>(bits) + 1);
  for (const int distance : nearest) ++distances.counts[static_cast<size_t>(distance)];
  SummariseDistances(&distances);
  return distances;
}

void SummariseDistances(NeighbourDistances* distances) {
  double sum = 0;
  uint64_t seen = 0;
  std::vector<double> below;  // share at each distance or nearer
  for (size_t i = 0; i < distances->counts.size(); ++i) {
    sum += static_cast<double>(i) * static_cast<double>(distances->counts[i]);
    seen += distances->counts[i];
    below.push_back(static_cast<double>(seen) / static_cast<double>(distances->sampled));
  }
  distances->mean = sum / static_cast<double>(distances->sampled);
  distances->p10 = DistanceAt(below, 0.1);
  distances->p50 = DistanceAt(below, 0.5);
  distances->p90 = DistanceAt(below, 0.9);
}

}  // namespace hashlens
