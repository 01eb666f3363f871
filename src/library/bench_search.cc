#include <algorithm>
#include <limits>
#include <random>

#include "base/code.h"
#include "base/try.h"
#include "hashlens/bench.h"
#include "hashlens/code_index.h"
#include "index/scan_limits.h"
#include "library/bench_codes.h"
#include "library/npy.h"
#include "library/stopwatch.h"

namespace hashlens {
namespace {

constexpr uint64_t kBlockRows = 100'000;

// share 0.5 is the median.
double Quantile(std::vector<double> values, double share) {
  std::sort(values.begin(), values.end());
  return values[static_cast<size_t>(share * static_cast<double>(values.size() - 1))];
}

Bitmap RandomRows(uint64_t rows, double share, uint64_t seed) {
  std::mt19937_64 random(seed);
  std::bernoulli_distribution allowed(share);
  Bitmap bitmap(rows);
  for (uint64_t row = 0; row < rows; ++row) {
    if (allowed(random)) bitmap.Set(row);
  }
  return bitmap;
}

// Rows x bytes, as `count` codes from the source, also written to `file` when there is one.
Status FillIndex(CodeSource* source, uint64_t count, CodeIndex* index, FileWriter* file) {
  index->Reserve(count);
  std::vector<uint8_t> codes;
  for (uint64_t done = 0; done < count;) {
    codes.clear();
    const uint64_t block = std::min(kBlockRows, count - done);
    for (uint64_t i = 0; i < block; ++i) source->Next(&codes);
    index->Append(codes);
    if (file != nullptr) HL_TRY(file->Append(std::as_bytes(std::span(codes))));
    done += block;
  }
  return {};
}

// queries x k x (row, distance); where there are fewer than k, both are the largest number.
Status SaveHits(const Path& path, const std::vector<std::vector<Neighbor>>& found, size_t k) {
  const uint64_t shape[] = {found.size(), k, 2};
  HL_ASSIGN(FileWriter file, CreateNpy(path, "<u8", shape));
  for (const auto& hits : found) {
    std::string bytes;
    for (size_t i = 0; i < k; ++i) {
      const uint64_t none = std::numeric_limits<uint64_t>::max();
      PutLittleEndian(&bytes, i < hits.size() ? hits[i].row : none);
      PutLittleEndian(&bytes, i < hits.size() ? uint64_t{hits[i].distance} : none);
    }
    HL_TRY(file.Append(AsBytes(bytes)));
  }
  return file.SyncAndClose();
}

Status SaveQueries(const Path& path, const std::vector<uint8_t>& codes, size_t bytes) {
  const uint64_t shape[] = {codes.size() / bytes, bytes};
  HL_ASSIGN(FileWriter file, CreateNpy(path, "|u1", shape));
  HL_TRY(file.Append(std::as_bytes(std::span(codes))));
  return file.SyncAndClose();
}

Status RequireSane(const SearchBenchOptions& options) {
  if (options.bits < kMinBits || options.bits > kMaxBits)
    return InvalidArgument("bits must be 8 to 512");
  if (options.queries < 1 || options.repeat < 1)
    return InvalidArgument("queries and repeat must be at least 1");
  if (!(options.allow >= 0 && options.allow <= 1))
    return InvalidArgument("the share of rows that are allowed must be 0 to 1");
  return {};
}

// Rounds of single queries and of one batch, the first of which warms up.
Result<std::vector<std::vector<Neighbor>>> Measure(const CodeIndex& index,
                                                   const std::vector<uint8_t>& codes,
                                                   const SearchBenchOptions& options,
                                                   SearchBench* bench) {
  const size_t bytes = index.code_bytes();
  const auto queries = static_cast<size_t>(options.queries);
  CodeQuery query;
  query.k = options.k;
  query.threads = options.threads;
  query.strategy = options.strategy;
  Bitmap allowed;
  if (options.allow < 1) {
    allowed = RandomRows(options.rows, options.allow, options.seed);
    query.allowed = &allowed;
  }
  const uint64_t findable =
      std::min<uint64_t>(options.k, options.allow < 1 ? allowed.Count() : options.rows);
  std::vector<double> single;
  std::vector<double> batch;
  std::vector<CodeTrace> traces;
  std::vector<std::vector<Neighbor>> found;
  for (int round = 0; round <= options.repeat; ++round) {
    Stopwatch watch;
    for (size_t i = 0; i < queries; ++i) {
      watch.Lap();
      found = index.Search(std::span(codes).subspan(i * bytes, bytes), query, &traces);
      if (round > 0) single.push_back(watch.Milliseconds());
      if (found.size() != 1 || found[0].size() != findable)
        return Corruption("the search lost rows");
      if (round > 0) continue;
      ++bench->answered_by[std::string(StrategyName(traces[0].strategy))];
      bench->compared_share += static_cast<double>(traces[0].compared) /
                               static_cast<double>(options.rows) / options.queries;
    }
    watch.Lap();
    found = index.Search(codes, query);
    if (round > 0) batch.push_back(watch.Milliseconds() / static_cast<double>(queries));
    if (found.size() != queries) return Corruption("the search lost queries");
  }
  bench->single_ms = Quantile(single, 0.5);
  bench->single_ms_p95 = Quantile(single, 0.95);
  bench->single_ms_p99 = Quantile(single, 0.99);
  bench->batch_query_ms = Quantile(batch, 0.5);
  return found;
}

}  // namespace

Result<SearchBench> BenchSearch(const SearchBenchOptions& options) {
  HL_TRY(RequireSane(options));
  HL_ASSIGN(const std::unique_ptr<CodeSource> source,
            MakeCodeSource(options.data, options.bits, options.rows, options.seed));
  CodeIndex index(options.bits);
  const size_t bytes = index.code_bytes();
  const bool save = !options.save.empty();
  if (save) {
    std::error_code error;
    std::filesystem::create_directories(options.save, error);
    if (error) return ErrnoStatus(error.value(), "creating", options.save);
    const uint64_t shape[] = {options.rows, bytes};
    HL_ASSIGN(FileWriter file, CreateNpy(options.save / "codes.npy", "|u1", shape));
    HL_TRY(FillIndex(source.get(), options.rows, &index, &file));
    HL_TRY(file.SyncAndClose());
  } else {
    HL_TRY(FillIndex(source.get(), options.rows, &index, nullptr));
  }
  SearchBench bench;
  if (options.strategy != Strategy::kScan) {
    Stopwatch watch;
    HL_TRY(index.Prepare(options.threads));
    bench.build_ms = watch.Milliseconds();
    bench.index_bytes = index.prepared_bytes();
    if (!index.Can(options.strategy))
      return InvalidArgument("codes of " + std::to_string(options.bits) +
                             " bits are not searched by " +
                             std::string(StrategyName(options.strategy)) +
                             ": buckets are for 32 or less, mih is for 16 or more");
  }
  bench.index_bytes += options.rows * ((static_cast<size_t>(options.bits) + 63) / 64) * 8;
  std::vector<uint8_t> codes;
  for (int i = 0; i < options.queries; ++i) source->Next(&codes);
  HL_ASSIGN(const auto found, Measure(index, codes, options, &bench));
  if (save) {
    HL_TRY(SaveQueries(options.save / "queries.npy", codes, bytes));
    HL_TRY(SaveHits(options.save / "hits.npy", found, options.k));
  }
  bench.bytes_per_second = static_cast<double>(options.rows * bytes) / (bench.single_ms / 1e3);
  bench.target = ScanTarget();
  const ScanLimits limits = MeasureScanLimits(options.bits, options.rows);
  bench.limit_single_ms = limits.read_ms;
  bench.limit_batch_query_ms = limits.count_ms;
  return bench;
}

}  // namespace hashlens
