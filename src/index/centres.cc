#include "index/centres.h"

#include <algorithm>
#include <limits>
#include <random>
#include <vector>

#include "base/parallel.h"
#include "index/scan_kernel.h"

namespace hashlens {
namespace {

constexpr uint64_t kSampleOfCentre = 24;  // codes of the sample for each centre
constexpr int kRounds = 5;
constexpr size_t kPieceRows = 4096;

// Evenly spread over the codes.
CodeBlocks Sample(const CodeBlocks& codes, uint64_t wanted) {
  const uint64_t count = std::min(codes.rows(), wanted);
  CodeBlocks sample(codes.bits());
  sample.Reserve(count);
  uint64_t words[kMaxCodeWords];
  for (uint64_t i = 0; i < count; ++i) {
    codes.GetWords(i * codes.rows() / count, words);
    sample.AppendWords(words);
  }
  return sample;
}

// Calls use(row, distance) for every code.
template <class Use>
void ForEachDistance(const CodeBlocks& codes, const uint64_t* query, std::vector<uint64_t>* keys,
                     const Use& use) {
  keys->resize(kPieceRows);
  for (uint64_t first = 0; first < codes.rows(); first += kPieceRows) {
    const RowRun run = codes.Run(first, std::min<uint64_t>(kPieceRows, codes.rows() - first));
    const size_t found = ScanRun(run, query, std::numeric_limits<uint16_t>::max(), keys->data());
    for (size_t i = 0; i < found; ++i) use(KeyRow((*keys)[i]), KeyDistance((*keys)[i]));
  }
}

CodeBlocks Seeds(const CodeBlocks& sample, size_t count) {
  std::mt19937_64 random(20150612);
  CodeBlocks seeds(sample.bits());
  std::vector<double> weights(sample.rows(), std::numeric_limits<double>::max());
  std::vector<uint64_t> keys;
  uint64_t chosen = 0;
  while (seeds.rows() < count) {
    uint64_t words[kMaxCodeWords];
    sample.GetWords(chosen, words);
    seeds.AppendWords(words);
    double sum = 0;
    ForEachDistance(sample, words, &keys, [&](uint64_t row, uint32_t distance) {
      weights[row] = std::min(weights[row], double{1} * distance * distance);
      sum += weights[row];
    });
    if (sum <= 0) break;  // every code of the sample is a centre
    double left = std::uniform_real_distribution<double>(0, sum)(random);
    for (chosen = 0; chosen + 1 < weights.size() && left >= weights[chosen]; ++chosen)
      left -= weights[chosen];
  }
  return seeds;
}

// Each bit as most of the codes have it that are nearest to the centre.
CodeBlocks Majorities(const CodeBlocks& sample, const CodeBlocks& centres, int threads) {
  std::vector<uint64_t> nearest(sample.rows());
  NearestCentres(sample, centres, threads, nearest);
  const auto bits = static_cast<size_t>(sample.bits());
  std::vector<int32_t> votes(centres.rows() * bits);  // codes with the bit minus codes without
  uint64_t words[kMaxCodeWords];
  for (uint64_t row = 0; row < sample.rows(); ++row) {
    sample.GetWords(row, words);
    int32_t* vote = &votes[KeyRow(nearest[row]) * bits];
    for (size_t bit = 0; bit < bits; ++bit)
      vote[bit] += (words[bit / 64] >> (bit % 64) & 1) ? 1 : -1;
  }
  CodeBlocks moved(sample.bits());
  for (uint64_t centre = 0; centre < centres.rows(); ++centre) {
    centres.GetWords(centre, words);  // stays where votes are even, or there are none
    for (size_t bit = 0; bit < bits; ++bit) {
      const int32_t vote = votes[centre * bits + bit];
      const uint64_t mask = uint64_t{1} << (bit % 64);
      if (vote > 0) words[bit / 64] |= mask;
      if (vote < 0) words[bit / 64] &= ~mask;
    }
    moved.AppendWords(words);
  }
  return moved;
}

}  // namespace

CodeBlocks FindCentres(const CodeBlocks& codes, size_t count, int threads) {
  const CodeBlocks sample = Sample(codes, count * kSampleOfCentre);
  if (sample.rows() == 0) return CodeBlocks(codes.bits());
  CodeBlocks centres = Seeds(sample, count);
  for (int round = 0; round < kRounds; ++round) centres = Majorities(sample, centres, threads);
  return centres;
}

void NearestCentres(const CodeBlocks& codes, const CodeBlocks& centres, int threads,
                    std::span<uint64_t> nearest) {
  const RowRun run = centres.Run(0, centres.rows());
  const size_t pieces = (codes.rows() + kPieceRows - 1) / kPieceRows;
  RunParallel(static_cast<size_t>(threads), pieces, [&](size_t piece) {
    uint64_t words[kMaxCodeWords];
    const uint64_t end = std::min<uint64_t>(codes.rows(), (piece + 1) * kPieceRows);
    for (uint64_t row = piece * kPieceRows; row < end; ++row) {
      codes.GetWords(row, words);
      nearest[row] = NearestInRun(run, words);
    }
  });
}

}  // namespace hashlens
