#include "index/code_index.h"

#include <algorithm>
#include <cassert>

#include "index/code_blocks.h"
#include "index/distinct.h"
#include "index/parallel.h"
#include "index/scan_kernel.h"
#include "index/top_k.h"

namespace hashlens {
namespace {

// Rows that one query scans before the next one has them: they stay in the first-level cache.
constexpr size_t kTileWords = 2048;
// Queries that share a tile; bounds the memory for their candidates.
constexpr size_t kTileQueries = 64;
// A thread is not worth starting for fewer row-words than these.
constexpr uint64_t kThreadWords = 1 << 17;

// All the queries of a group against the rows [begin, end), begin a multiple of 64.
std::vector<TopK> ScanRows(const CodeBlocks& blocks, std::span<const uint64_t> queries, size_t k,
                           uint32_t limit, const Bitmap* allowed, uint64_t begin, uint64_t end) {
  const size_t words = blocks.words();
  const size_t tile_rows = kTileWords / words / 64 * 64;
  std::vector<TopK> tops;
  tops.reserve(queries.size() / words);
  for (size_t i = 0; i < queries.size(); i += words) tops.emplace_back(k, limit);
  for (uint64_t first = begin; first < end;) {
    const uint64_t chunk_end = (first / CodeBlocks::kChunkRows + 1) * CodeBlocks::kChunkRows;
    RowRun run = blocks.Run(first, std::min({uint64_t{tile_rows}, end - first, chunk_end - first}));
    if (allowed != nullptr) run.allowed = allowed->words().data() + first / 64;
    for (size_t i = 0; i < tops.size(); ++i) {
      if (tops[i].limit() == 0) continue;
      uint64_t* keys = tops[i].Room(run.rows);
      tops[i].Added(ScanRun(run, queries.data() + i * words, tops[i].limit(), keys));
    }
    first += run.rows;
  }
  return tops;
}

}  // namespace

struct CodeIndex::Blocks : CodeBlocks {
  using CodeBlocks::CodeBlocks;
};

CodeIndex::CodeIndex(int bits) : blocks_(std::make_unique<Blocks>(bits)) {
  assert(bits >= kMinBits && bits <= kMaxBits);
}
CodeIndex::~CodeIndex() = default;
CodeIndex::CodeIndex(CodeIndex&&) noexcept = default;
CodeIndex& CodeIndex::operator=(CodeIndex&&) noexcept = default;

int CodeIndex::bits() const { return blocks_->bits(); }
uint64_t CodeIndex::rows() const { return blocks_->rows(); }
void CodeIndex::Reserve(uint64_t rows) { blocks_->Reserve(rows); }
void CodeIndex::Append(std::span<const uint8_t> codes) { blocks_->Append(codes); }

void CodeIndex::GetCode(uint64_t row, std::span<uint8_t> code) const {
  assert(row < rows() && code.size() == CodeBytes(bits()));
  uint64_t words[kMaxCodeWords];
  blocks_->GetWords(row, words);
  blocks_->Pack(words, code.data());
}

std::vector<std::vector<Neighbor>> CodeIndex::Search(std::span<const uint8_t> queries,
                                                     const CodeQuery& query) const {
  const size_t code_bytes = CodeBytes(bits());
  const size_t words = blocks_->words();
  assert(queries.size() % code_bytes == 0);
  assert(query.allowed == nullptr || query.allowed->size() == rows());
  const size_t m = queries.size() / code_bytes;
  std::vector<std::vector<Neighbor>> results(m);
  const size_t k = std::min<uint64_t>(query.k, rows());
  if (k == 0 || m == 0) return results;

  std::vector<uint64_t> query_words(m * words);
  for (size_t i = 0; i < m; ++i) {
    blocks_->Unpack(queries.data() + i * code_bytes, &query_words[i * words]);
  }
  // One more than any distance that counts.
  uint32_t limit = static_cast<uint32_t>(words * 64 + 1);
  if (query.radius >= 0) limit = std::min(limit, static_cast<uint32_t>(query.radius) + 1);

  // Many queries: each thread takes some of them over all rows. Few: each takes some of the rows
  // for all.
  const uint64_t worth = rows() * words * m / kThreadWords + 1;
  const size_t threads = static_cast<size_t>(
      std::min<uint64_t>(static_cast<uint64_t>(std::max(1, query.threads)), worth));
  const bool split_queries = m >= threads * 4;
  const size_t row_parts = split_queries ? 1 : threads;
  const size_t group =
      split_queries ? std::min(kTileQueries, (m + threads - 1) / threads) : kTileQueries;
  const uint64_t part_rows = ((rows() + row_parts - 1) / row_parts + 63) / 64 * 64;
  const size_t groups = (m + group - 1) / group;

  const auto scan = [&](size_t g, size_t part) {
    const size_t first = g * group;
    const size_t count = std::min(group, m - first);
    const uint64_t begin = std::min(rows(), part * part_rows);
    return ScanRows(*blocks_, {&query_words[first * words], count * words}, k, limit, query.allowed,
                    begin, std::min(rows(), begin + part_rows));
  };
  const auto select = [&](size_t g, const std::vector<std::vector<TopK>>& parts) {
    std::vector<std::span<const uint64_t>> keys(parts.size());
    for (size_t i = g * group; i < std::min(m, (g + 1) * group); ++i) {
      for (size_t p = 0; p < parts.size(); ++p) keys[p] = parts[p][i - g * group].keys();
      results[i] = SelectNearest(keys, k);
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

uint64_t CodeIndex::CountDistinct(const Bitmap* allowed) const {
  assert(allowed == nullptr || allowed->size() == rows());
  return CountDistinctCodes(*blocks_, allowed);
}

std::string_view ScanTarget() { return CurrentScanTarget().name; }

}  // namespace hashlens
