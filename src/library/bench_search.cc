#include <algorithm>
#include <random>

#include "base/code.h"
#include "base/try.h"
#include "hashlens/bench.h"
#include "index/code_index.h"
#include "library/stopwatch.h"

namespace hashlens {
namespace {

constexpr uint64_t kBlockRows = 100'000;

std::vector<uint8_t> RandomCodes(uint64_t rows, int bits, std::mt19937_64* random) {
  const size_t bytes = CodeBytes(bits);
  std::vector<uint8_t> codes(rows * bytes);
  size_t i = 0;
  for (; i + 8 <= codes.size(); i += 8) {
    const uint64_t word = (*random)();
    std::copy_n(reinterpret_cast<const uint8_t*>(&word), 8, &codes[i]);
  }
  for (; i < codes.size(); ++i) codes[i] = static_cast<uint8_t>((*random)());
  if (bits % 8 != 0) {
    for (size_t last = bytes - 1; last < codes.size(); last += bytes)
      codes[last] &= static_cast<uint8_t>((1 << (bits % 8)) - 1);
  }
  return codes;
}

double Median(std::vector<double> values) {
  std::sort(values.begin(), values.end());
  return values[values.size() / 2];
}

}  // namespace

Result<SearchBench> BenchSearch(const SearchBenchOptions& options) {
  if (options.bits < kMinBits || options.bits > kMaxBits)
    return InvalidArgument("bits must be 8 to 512");
  if (options.queries < 1 || options.repeat < 1)
    return InvalidArgument("queries and repeat must be at least 1");
  std::mt19937_64 random(options.seed);
  CodeIndex index(options.bits);
  index.Reserve(options.rows);
  for (uint64_t first = 0; first < options.rows; first += kBlockRows) {
    index.Append(RandomCodes(std::min(kBlockRows, options.rows - first), options.bits, &random));
  }
  const auto queries = static_cast<size_t>(options.queries);
  const std::vector<uint8_t> codes = RandomCodes(queries, options.bits, &random);
  const size_t bytes = CodeBytes(options.bits);
  CodeQuery query;
  query.k = options.k;
  query.threads = options.threads;
  std::vector<double> single;
  std::vector<double> batch;
  for (int round = 0; round <= options.repeat; ++round) {  // the first round warms up
    Stopwatch watch;
    for (size_t i = 0; i < queries; ++i) {
      watch.Lap();
      const auto found = index.Search(std::span(codes).subspan(i * bytes, bytes), query);
      if (round > 0) single.push_back(watch.Milliseconds());
      if (found.size() != 1 || found[0].size() != std::min<uint64_t>(options.k, options.rows))
        return Corruption("the scan lost rows");
    }
    watch.Lap();
    const auto found = index.Search(codes, query);
    if (round > 0) batch.push_back(watch.Milliseconds() / static_cast<double>(queries));
    if (found.size() != queries) return Corruption("the scan lost queries");
  }
  SearchBench bench;
  bench.single_ms = Median(single);
  bench.batch_query_ms = Median(batch);
  bench.bytes_per_second = static_cast<double>(options.rows * bytes) / (bench.single_ms / 1e3);
  bench.target = ScanTarget();
  return bench;
}

}  // namespace hashlens
