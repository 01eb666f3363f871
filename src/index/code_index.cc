#include "hashlens/code_index.h"

#include <algorithm>
#include <cassert>
#include <limits>

#include "base/code.h"
#include "base/guard.h"
#include "base/parallel.h"
#include "base/try.h"
#include "index/arrangement.h"
#include "index/code_blocks.h"
#include "index/distinct.h"
#include "index/prepared_codes.h"
#include "index/scan.h"
#include "index/scan_kernel.h"

namespace hashlens {
namespace {

constexpr std::array<std::string_view, kStrategies> kNames = {"auto",  "scan",    "distinct",
                                                              "balls", "buckets", "mih"};

// What is prepared is a multiple of so many rows: the scan of the rest begins there.
constexpr uint64_t kPreparedRows = 64;
constexpr size_t kUsualNeighbors = 1000;

NearestRows FromKeys(const std::vector<uint64_t>& keys, uint64_t ties_cut) {
  NearestRows nearest{{}, ties_cut};
  nearest.rows.reserve(keys.size());
  for (const uint64_t key : keys) nearest.rows.push_back({KeyRow(key), KeyDistance(key)});
  return nearest;
}

// Two lists, each the wanted ones of its rows in order, into the wanted ones of both.
NearestRows Merge(const NearestRows& a, const NearestRows& b, Wanted wanted) {
  NearestRows both;
  both.rows.resize(a.rows.size() + b.rows.size());
  std::ranges::merge(a.rows, b.rows, both.rows.begin(), [](const Neighbor& x, const Neighbor& y) {
    return MakeKey(x.distance, x.row) < MakeKey(y.distance, y.row);
  });
  if (both.rows.size() < wanted.k) return both;
  const uint32_t last = both.rows[wanted.k - 1].distance;
  size_t given = wanted.k;
  if (wanted.whole_shell()) {
    while (given < both.rows.size() && both.rows[given].distance == last) ++given;
    uint64_t all_given = given;
    for (const NearestRows* list : {&a, &b}) {
      if (!list->rows.empty() && list->rows.back().distance == last) all_given += list->ties_cut;
    }
    given = std::min(given, wanted.bound());
    both.ties_cut = all_given - given;
  }
  both.rows.resize(given);
  return both;
}

}  // namespace

std::string_view StrategyName(Strategy strategy) { return kNames[static_cast<size_t>(strategy)]; }

std::optional<Strategy> StrategyByName(std::string_view name) {
  const auto found = std::find(kNames.begin(), kNames.end(), name);
  if (found == kNames.end()) return std::nullopt;
  return static_cast<Strategy>(found - kNames.begin());
}

struct CodeIndex::Parts {
  explicit Parts(CodeBlocks codes) : blocks(std::move(codes)) {}

  CodeBlocks blocks;
  std::shared_ptr<const PreparedCodes> prepared;
  CodeCosts costs;

  // One of these codes, or of the first of them.
  Result<ArrangementFile> OpenKept(const std::filesystem::path& file) const;

  // How to answer one query; scans are left to be done together.
  CodeTrace Choose(const KeyQuery& query, Strategy wanted, size_t together) const {
    CodeTrace trace;
    if (!prepared || query.limit == 0) return trace;
    if (wanted == Strategy::kAuto) return prepared->Choose(query, costs, together);
    if (prepared->Can(wanted)) trace.strategy = wanted;
    return trace;
  }
};

CodeIndex::CodeIndex(int bits) : parts_(std::make_unique<Parts>(CodeBlocks(bits))) {
  assert(bits >= kMinBits && bits <= kMaxBits);
}
CodeIndex::CodeIndex(std::unique_ptr<Parts> parts) : parts_(std::move(parts)) {}
CodeIndex::~CodeIndex() = default;
CodeIndex::CodeIndex(CodeIndex&&) noexcept = default;
CodeIndex& CodeIndex::operator=(CodeIndex&&) noexcept = default;

int CodeIndex::bits() const { return parts_->blocks.bits(); }
size_t CodeIndex::code_bytes() const { return CodeBytes(bits()); }
uint64_t CodeIndex::rows() const { return parts_->blocks.rows(); }
CodeIndex CodeIndex::FirstRows(uint64_t count) const {
  const uint64_t rows = std::min(count, this->rows());
  auto parts = std::make_unique<Parts>(parts_->blocks.FirstRows(rows));
  parts->costs = parts_->costs;
  if (prepared_rows() <= rows) parts->prepared = parts_->prepared;
  return CodeIndex(std::move(parts));
}

void CodeIndex::Reserve(uint64_t rows) { parts_->blocks.Reserve(rows); }
void CodeIndex::Append(std::span<const uint8_t> codes) { parts_->blocks.Append(codes); }

void CodeIndex::GetCode(uint64_t row, std::span<uint8_t> code) const {
  assert(row < rows() && code.size() == code_bytes());
  uint64_t words[kMaxCodeWords];
  parts_->blocks.GetWords(row, words);
  parts_->blocks.Pack(words, code.data());
}

Status CodeIndex::Prepare(int threads) {
  const uint64_t most = std::numeric_limits<uint32_t>::max();
  const uint64_t covered = std::min(rows(), most) / kPreparedRows * kPreparedRows;
  return GuardExceptions([&]() -> Status {
    std::shared_ptr<const PreparedCodes> prepared;
    if (covered > 0)
      prepared = std::make_shared<PreparedCodes>(parts_->blocks, covered, std::max(1, threads));
    parts_->prepared = std::move(prepared);
    return {};
  });
}

Status CodeIndex::SavePrepared(const std::filesystem::path& file) const {
  if (!parts_->prepared) return InvalidArgument("nothing was prepared that could be kept");
  return WriteArrangement(file, parts_->prepared->arrangement(),
                          parts_->blocks.Fingerprint(prepared_rows()),
                          parts_->prepared->Work(kUsualNeighbors, parts_->costs));
}

Result<ArrangementFile> CodeIndex::Parts::OpenKept(const std::filesystem::path& file) const {
  HL_ASSIGN(ArrangementFile kept, ArrangementFile::Open(file));
  if (kept.bits() != blocks.bits() || kept.rows() > blocks.rows() ||
      kept.rows() % kPreparedRows != 0 || kept.fingerprint() != blocks.Fingerprint(kept.rows()))
    return InvalidArgument(Printable(file) + ": is of other codes");
  return kept;
}

Result<uint64_t> CodeIndex::CheckPrepared(const std::filesystem::path& file) const {
  HL_ASSIGN(const ArrangementFile kept, parts_->OpenKept(file));
  HL_TRY(kept.Verify());
  return kept.rows();
}

Status CodeIndex::LoadPrepared(const std::filesystem::path& file) {
  HL_ASSIGN(const ArrangementFile kept, parts_->OpenKept(file));
  HL_ASSIGN(Arrangement arrangement, kept.Read());
  return GuardExceptions([&]() -> Status {
    parts_->prepared = std::make_shared<PreparedCodes>(std::move(arrangement));
    return {};
  });
}

uint64_t CodeIndex::prepared_rows() const {
  return parts_->prepared ? parts_->prepared->rows() : 0;
}
uint64_t CodeIndex::prepared_bytes() const {
  return parts_->prepared ? parts_->prepared->bytes() : 0;
}

bool CodeIndex::Can(Strategy strategy) const {
  if (strategy == Strategy::kAuto || strategy == Strategy::kScan) return true;
  return parts_->prepared && parts_->prepared->Can(strategy);
}

void CodeIndex::SetCosts(const CodeCosts& costs) { parts_->costs = costs; }

std::vector<std::vector<Neighbor>> CodeIndex::Search(std::span<const uint8_t> queries,
                                                     const CodeQuery& query,
                                                     std::vector<CodeTrace>* traces) const {
  const CodeBlocks& blocks = parts_->blocks;
  const size_t words = blocks.words();
  assert(queries.size() % code_bytes() == 0);
  assert(query.allowed == nullptr || query.allowed->size() == rows());
  const size_t m = queries.size() / code_bytes();
  std::vector<std::vector<Neighbor>> results(m);
  if (traces != nullptr) traces->assign(m, {});
  const size_t k = std::min<uint64_t>(query.k, rows());
  // After the farthest possible nothing comes.
  const bool past_end = query.after && query.after->distance > words * 64;
  if (k == 0 || m == 0 || past_end) return results;

  std::vector<uint64_t> query_words(m * words);
  for (size_t i = 0; i < m; ++i)
    blocks.Unpack(queries.data() + i * code_bytes(), &query_words[i * words]);
  ScanOptions scan;
  scan.wanted = {k, std::min<uint64_t>(query.most, rows())};
  // One more than any distance that counts.
  scan.limit = static_cast<uint32_t>(words * 64 + 1);
  if (query.radius >= 0) scan.limit = std::min(scan.limit, static_cast<uint32_t>(query.radius) + 1);
  if (query.after) scan.first_key = MakeKey(query.after->distance, query.after->row) + 1;
  scan.allowed = query.allowed;
  scan.threads = query.threads;

  std::vector<CodeTrace> chosen(m);
  const size_t threads = static_cast<size_t>(std::max(1, query.threads));
  const uint64_t allowed_rows =
      query.allowed != nullptr && parts_->prepared ? query.allowed->Count() : rows();
  RunParallel(parts_->prepared ? threads : 1, m, [&](size_t i) {
    const KeyQuery one{&query_words[i * words], scan.wanted,   scan.limit,
                       scan.first_key,          query.allowed, allowed_rows};
    chosen[i] = parts_->Choose(one, query.strategy, m);
    if (chosen[i].strategy == Strategy::kScan) return;
    const std::vector<uint64_t> keys = parts_->prepared->Search(one, parts_->costs, &chosen[i]);
    ScanOptions rest = scan;
    rest.begin = prepared_rows();
    rest.threads = 1;
    chosen[i].compared += rows() - rest.begin;
    const auto newer = ScanCodes(blocks, {one.words, words}, rest);
    NearestRows nearest = Merge(FromKeys(keys, chosen[i].ties_cut), newer[0], scan.wanted);
    chosen[i].ties_cut = nearest.ties_cut;
    results[i] = std::move(nearest.rows);
  });

  std::vector<size_t> scanned;
  std::vector<uint64_t> scanned_words;
  for (size_t i = 0; i < m; ++i) {
    if (chosen[i].strategy != Strategy::kScan) continue;
    chosen[i].compared = rows();
    scanned.push_back(i);
    scanned_words.insert(scanned_words.end(), &query_words[i * words],
                         &query_words[i * words] + words);
  }
  auto found = ScanCodes(blocks, scanned_words, scan);
  for (size_t i = 0; i < scanned.size(); ++i) {
    results[scanned[i]] = std::move(found[i].rows);
    chosen[scanned[i]].ties_cut = found[i].ties_cut;
  }
  if (traces != nullptr) *traces = std::move(chosen);
  return results;
}

std::vector<Neighbor> CodeIndex::Within(std::span<const uint8_t> code, uint32_t radius,
                                        uint64_t begin, uint64_t end, const Bitmap* allowed) const {
  assert(code.size() == code_bytes() && begin % 64 == 0 && end <= rows());
  assert(allowed == nullptr || allowed->size() == rows());
  uint64_t words[kMaxCodeWords];
  parts_->blocks.Unpack(code.data(), words);
  return RowsWithin(parts_->blocks, words, radius, begin, end, allowed);
}

uint64_t CodeIndex::CountDistinct(const Bitmap* allowed) const {
  assert(allowed == nullptr || allowed->size() == rows());
  return CountDistinctCodes(parts_->blocks, allowed);
}

std::string_view ScanTarget() { return CurrentScanTarget().name; }

}  // namespace hashlens
