#include "library/code_neighbours.h"

#include <algorithm>

#include "base/code.h"
#include "hashlens/code_index.h"

namespace hashlens {
namespace {

int DistanceAt(const std::vector<double>& below, double share) {
  const auto found = std::ranges::find_if(below, [&](double part) { return part >= share; });
  return static_cast<int>(found - below.begin());
}

}  // namespace

NeighbourDistances NearestCodes(std::span<const uint8_t> codes, int bits, uint64_t sample) {
  const size_t code_bytes = CodeBytes(bits);
  const uint64_t count = codes.size() / code_bytes;
  CodeIndex index(bits);
  index.Append(codes);
  CodeQuery two;  // one of them may be the code itself
  two.k = 2;
  NeighbourDistances distances;
  distances.images = count;
  distances.sampled = std::min(count, sample);
  distances.counts.resize(static_cast<size_t>(bits) + 1);
  for (uint64_t i = 0; i < distances.sampled; ++i) {
    const uint64_t row = i * count / distances.sampled;
    const auto found = index.Search(codes.subspan(row * code_bytes, code_bytes), two);
    const bool itself = found[0][0].row == row;
    ++distances.counts[found[0][itself ? 1 : 0].distance];
  }
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
