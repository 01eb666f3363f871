#include "index/scan.h"

#include <algorithm>
#include <bit>

#include "base/parallel.h"
#include "index/scan_kernel.h"

namespace hashlens {
namespace {

// Rows that one query scans before the next one has them: they stay in the first-level cache.
constexpr size_t kTileWords = 2048;
// Queries that share a tile; bounds the memory for their candidates.
constexpr size_t kTileQueries = 64;
// A thread is not worth starting for fewer row-words than these.
constexpr uint64_t kThreadWords = 1 << 17;

// Where a filter leaves fewer rows than one of so many, they are compared one by one.
constexpr uint64_t kSparse = 24;

uint64_t CountAllowed(const RowRun& run) {
  uint64_t count = 0;
  for (size_t row = 0; row < run.rows; row += 64)
    count += static_cast<uint64_t>(std::popcount(run.allowed[row / 64]));
  return count;
}

// As ScanRun over a run of the blocks, but looks at the allowed rows alone.
size_t ScanAllowed(const CodeBlocks& blocks, const RowRun& run, const uint64_t* query,
                   uint32_t limit, uint64_t* keys) {
  size_t count = 0;
  for (size_t first = 0; first < run.rows; first += 64) {
    uint64_t bits = run.allowed[first / 64];
    if (run.rows - first < 64) bits &= (uint64_t{1} << (run.rows - first)) - 1;
    for (; bits != 0; bits &= bits - 1) {
      const uint64_t row = run.first_row + first + static_cast<uint64_t>(std::countr_zero(bits));
      const uint32_t distance = blocks.Distance(row, query);
      if (distance < limit) keys[count++] = MakeKey(distance, row);
    }
  }
  return count;
}

// As many rows from `first` on, a multiple of 64, as lie in one piece: before `end`, and at most
// kTileWords words.
RowRun NextRun(const CodeBlocks& blocks, uint64_t first, uint64_t end, const Bitmap* allowed) {
  const uint64_t tile_rows = kTileWords / blocks.words() / 64 * 64;
  const uint64_t chunk_end = (first / CodeBlocks::kChunkRows + 1) * CodeBlocks::kChunkRows;
  RowRun run = blocks.Run(first, std::min({tile_rows, end - first, chunk_end - first}));
  if (allowed != nullptr) run.allowed = allowed->words().data() + first / 64;
  return run;
}

// All the queries of a group against the rows [begin, end), begin a multiple of 64.
std::vector<TopK> ScanRows(const CodeBlocks& blocks, std::span<const uint64_t> queries,
                           const ScanOptions& options, uint64_t begin, uint64_t end) {
  const size_t words = blocks.words();
  std::vector<TopK> tops;
  tops.reserve(queries.size() / words);
  for (size_t i = 0; i < queries.size(); i += words)
    tops.emplace_back(options.wanted, options.limit);
  for (uint64_t first = begin; first < end;) {
    RowRun run = NextRun(blocks, first, end, options.allowed);
    run.ahead = kAheadWords;  // for the first query; the others find the tile in the cache
    const bool sparse = run.allowed != nullptr && CountAllowed(run) * kSparse < run.rows;
    for (size_t i = 0; i < tops.size(); ++i) {
      if (tops[i].limit() == 0) continue;
      uint64_t* keys = tops[i].Room(run.rows);
      const uint64_t* query = queries.data() + i * words;
      size_t found = sparse ? ScanAllowed(blocks, run, query, tops[i].limit(), keys)
                            : ScanRun(run, query, tops[i].limit(), keys);
      if (options.first_key > 0) {
        const auto before = [&](uint64_t key) { return key < options.first_key; };
        found = static_cast<size_t>(std::remove_if(keys, keys + found, before) - keys);
      }
      tops[i].Added(found);
      run.ahead = 0;
    }
    first += run.rows;
  }
  return tops;
}

}  // namespace

std::vector<Neighbor> RowsWithin(const CodeBlocks& blocks, const uint64_t* query, uint32_t radius,
                                 uint64_t begin, uint64_t end, const Bitmap* allowed) {
  std::vector<Neighbor> within;
  std::vector<uint64_t> keys(kTileWords);
  for (uint64_t first = begin; first < end;) {
    const RowRun run = NextRun(blocks, first, end, allowed);
    const size_t found = ScanRun(run, query, radius + 1, keys.data());
    for (const uint64_t key : std::span(keys).first(found))
      within.push_back({KeyRow(key), KeyDistance(key)});
    first += run.rows;
  }
  return within;
}

std::vector<NearestRows> ScanCodes(const CodeBlocks& blocks, std::span<const uint64_t> queries,
                                   const ScanOptions& options) {
  const size_t words = blocks.words();
  const size_t m = queries.size() / words;
  std::vector<NearestRows> results(m);
  const uint64_t rows = blocks.rows() - std::min(blocks.rows(), options.begin);
  if (rows == 0 || m == 0) return results;

  // Many queries: each thread takes some of them over all rows. Few: each takes some of the rows
  // for all.
  const uint64_t worth = rows * words * m / kThreadWords + 1;
  const size_t threads = static_cast<size_t>(
      std::min<uint64_t>(static_cast<uint64_t>(std::max(1, options.threads)), worth));
  const bool split_queries = m >= threads * 4;
  const size_t row_parts = split_queries ? 1 : threads;
  const size_t group =
      split_queries ? std::min(kTileQueries, (m + threads - 1) / threads) : kTileQueries;
  const uint64_t part_rows = ((rows + row_parts - 1) / row_parts + 63) / 64 * 64;
  const size_t groups = (m + group - 1) / group;

  const auto scan = [&](size_t g, size_t part) {
    const size_t first = g * group;
    const size_t count = std::min(group, m - first);
    const uint64_t begin = std::min(blocks.rows(), options.begin + part * part_rows);
    return ScanRows(blocks, queries.subspan(first * words, count * words), options, begin,
                    std::min(blocks.rows(), begin + part_rows));
  };
  const auto select = [&](size_t g, const std::vector<std::vector<TopK>>& parts) {
    std::vector<const TopK*> tops(parts.size());
    for (size_t i = g * group; i < std::min(m, (g + 1) * group); ++i) {
      for (size_t p = 0; p < parts.size(); ++p) tops[p] = &parts[p][i - g * group];
      results[i] = SelectNearest(tops, options.wanted);
    }
  };
  if (split_queries) {
    RunParallel(threads, groups, [&](size_t g) {
      std::vector<std::vector<TopK>> whole(1);
      whole[0] = scan(g, 0);
      select(g, whole);
    });
    return results;
  }
  for (size_t g = 0; g < groups; ++g) {
    std::vector<std::vector<TopK>> parts(row_parts);
    RunParallel(threads, row_parts, [&](size_t part) { parts[part] = scan(g, part); });
    select(g, parts);
  }
  return results;
}

}  // namespace hashlens
