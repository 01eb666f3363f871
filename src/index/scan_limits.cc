#include "index/scan_limits.h"

#include <algorithm>
#include <chrono>
#include <limits>
#include <span>
#include <vector>

#include "index/code_blocks.h"

namespace hashlens {
namespace {

constexpr int kReadRounds = 15;
constexpr int kCountRounds = 2000;
constexpr uint64_t kCachedWords = 2048;  // 16 KB

template <class Work>
double LeastMs(int rounds, const Work& work) {
  double least = std::numeric_limits<double>::infinity();
  volatile uint64_t sink = 0;  // so that the work is done
  for (int i = 0; i < rounds; ++i) {
    const auto start = std::chrono::steady_clock::now();
    sink = work();
    const std::chrono::duration<double, std::milli> took = std::chrono::steady_clock::now() - start;
    least = std::min(least, took.count());
  }
  (void)sink;
  return least;
}

}  // namespace

ScanLimits MeasureScanLimits(int bits, uint64_t rows) {
  std::vector<std::span<uint64_t>> pieces;
  const CodeBlocks blocks = CodeBlocks::Zeros(bits, rows, &pieces);
  for (const std::span<uint64_t> piece : pieces) std::ranges::fill(piece, 3);  // memory of its own
  ScanLimits limits;
  limits.read_ms = LeastMs(kReadRounds, [&] {
    uint64_t all = 0;
    for (uint64_t first = 0; first < rows; first += CodeBlocks::kChunkRows) {
      RowRun run = blocks.Run(first, std::min(CodeBlocks::kChunkRows, rows - first));
      run.ahead = kAheadWords;
      all ^= XorOfRun(run);
    }
    return all;
  });
  const uint64_t cached = std::min<uint64_t>(rows, kCachedWords / blocks.words());
  const RowRun run = blocks.Run(0, cached);
  const uint64_t query[kMaxCodeWords] = {77};
  const double tile_ms = LeastMs(kCountRounds, [&] { return SumOfDistances(run, query); });
  limits.count_ms = tile_ms * static_cast<double>(rows) / static_cast<double>(cached);
  return limits;
}

}  // namespace hashlens
