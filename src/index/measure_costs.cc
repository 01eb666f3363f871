// What the steps of a search cost on this machine, measured on made-up codes.
#include <algorithm>
#include <chrono>
#include <limits>
#include <random>
#include <vector>

#include "base/code.h"
#include "base/guard.h"
#include "hashlens/code_index.h"
#include "index/grouped_codes.h"
#include "index/scan.h"
#include "index/substring_tables.h"

namespace hashlens {
namespace {

constexpr int kBits = 128;
constexpr size_t kWords = kBits / 64;
constexpr uint64_t kManyCodes = 2'500'000;  // more than caches hold
constexpr uint64_t kFewCodes = 30'000;
// A limit below which no uniform code lies, and that lets no group be passed over.
constexpr uint32_t kEmptyLimit = 28;
constexpr size_t kQueries = 32;
constexpr size_t kNearest = 100;
constexpr uint32_t kAnyDistance = kBits + 1;
constexpr double kLeastGroupWord = 1.1;
constexpr double kLeastNs = 0.001;  // what the clock is too coarse for is not free

CodeBlocks RandomCodes(uint64_t count, int bits, std::mt19937_64* random) {
  CodeBlocks codes(bits);
  codes.Reserve(count);
  uint64_t words[kMaxCodeWords];
  for (uint64_t i = 0; i < count; ++i) {
    for (size_t w = 0; w < codes.words(); ++w) words[w] = (*random)();
    if (bits % 64 != 0) words[codes.words() - 1] &= (uint64_t{1} << (bits % 64)) - 1;
    codes.AppendWords(words);
  }
  return codes;
}

template <class Work>
double Nanoseconds(const Work& work) {
  const auto start = std::chrono::steady_clock::now();
  work();
  return std::chrono::duration<double, std::nano>(std::chrono::steady_clock::now() - start).count();
}

double Median(std::vector<double> values) {
  const auto middle = values.begin() + static_cast<ptrdiff_t>(values.size() / 2);
  std::nth_element(values.begin(), middle, values.end());
  return *middle;
}

// The median of work(i) over all queries, after a round that warms up.
template <class Work>
double MedianNs(size_t queries, const Work& work) {
  std::vector<double> times;
  for (size_t i = 0; i < queries; ++i) work(i);
  for (size_t i = 0; i < queries; ++i) times.push_back(Nanoseconds([&] { work(i); }));
  return Median(std::move(times));
}

std::vector<uint64_t> Words(const CodeBlocks& codes) {
  std::vector<uint64_t> words(codes.rows() * codes.words());
  for (uint64_t i = 0; i < codes.rows(); ++i) codes.GetWords(i, &words[i * codes.words()]);
  return words;
}

void MeasureScan(const CodeBlocks& codes, std::span<const uint64_t> queries, CodeCosts* costs) {
  const double words = static_cast<double>(codes.rows() * kWords);
  ScanOptions scan;
  scan.wanted.k = kNearest;
  scan.limit = kAnyDistance;
  costs->scan_word =
      MedianNs(kQueries,
               [&](size_t i) { ScanCodes(codes, queries.subspan(i * kWords, kWords), scan); }) /
      words;
  costs->scan_word_batch =
      MedianNs(5, [&](size_t) { ScanCodes(codes, queries, scan); }) / words / kQueries;
}

void MeasureGroups(const GroupedCodes& grouped, const uint64_t* queries, CodeCosts* costs) {
  const double codes = static_cast<double>(grouped.codes().rows());
  const double groups = static_cast<double>(grouped.groups());
  costs->group_word = MedianNs(kQueries,
                               [&](size_t i) {
                                 NearestKeys nearest({.k = kNearest}, kEmptyLimit, 0);
                                 grouped.SearchAll(queries + i * kWords, nullptr, &nearest);
                               }) /
                      (codes * kWords);
  const double balls = MedianNs(kQueries, [&](size_t i) {
    NearestKeys nearest({.k = kNearest}, kEmptyLimit, 0);
    grouped.SearchBalls(queries + i * kWords, nullptr, &nearest);
  });
  costs->group =
      std::max(kLeastNs, (balls - (codes + groups) * kWords * costs->group_word) / groups);
}

// Nanoseconds a candidate, of looking into all buckets one bit away or nearer.
double CandidateNs(const GroupedCodes& grouped, const uint64_t* queries, double probe) {
  const SubstringTables tables(grouped, /*whole=*/false);
  const auto limit = static_cast<uint32_t>(2 * tables.parts());
  const double infinite = std::numeric_limits<double>::infinity();
  std::vector<double> each;
  for (size_t i = 0; i < kQueries; ++i) {  // once each: a second time all would be in the cache
    SubstringTables::Work done;
    const double ns = Nanoseconds([&] {
      NearestKeys nearest({.k = kNearest}, limit, 0);
      tables.Search(queries + i * kWords, nullptr, {infinite, infinite}, &nearest, &done);
    });
    if (done.candidates > 0) each.push_back((ns - done.probes * probe) / done.candidates);
  }
  return each.empty() ? kLeastNs : std::max(kLeastNs, Median(std::move(each)));
}

// Codes whose last bits are 0, and queries in which these are 1: no bucket near them is filled.
double ProbeNs(std::mt19937_64* random) {
  CodeBlocks codes(16);
  for (uint64_t code = 0; code < (1 << 12); ++code) codes.AppendWords(&code);
  const GroupedCodes grouped(codes, codes.rows(), 1);
  const SubstringTables tables(grouped, /*whole=*/true);
  const double infinite = std::numeric_limits<double>::infinity();
  SubstringTables::Work done;
  const double ns = MedianNs(kQueries, [&](size_t) {
    const uint64_t query = 0xf000 | ((*random)() & 0xfff);
    done = {};
    NearestKeys nearest({.k = kNearest}, 4, 0);
    tables.Search(&query, nullptr, {infinite, infinite}, &nearest, &done);
  });
  return std::max(kLeastNs, ns / done.probes);
}

}  // namespace

Result<CodeCosts> MeasureCosts() {
  return GuardExceptions([]() -> Result<CodeCosts> {
    std::mt19937_64 random(1);
    CodeCosts costs;
    const std::vector<uint64_t> queries = Words(RandomCodes(kQueries, kBits, &random));
    const CodeBlocks many = RandomCodes(kManyCodes, kBits, &random);
    MeasureScan(many, queries, &costs);
    const GroupedCodes grouped(many, many.rows(), 1);
    MeasureGroups(grouped, queries.data(), &costs);
    // The same comparisons, and more to do with what they find: less is an error of measuring.
    costs.group_word = std::max(costs.group_word, costs.scan_word * kLeastGroupWord);
    costs.probe = ProbeNs(&random);
    costs.far_candidate = CandidateNs(grouped, queries.data(), costs.probe);
    const CodeBlocks few = RandomCodes(kFewCodes, kBits, &random);
    costs.candidate = CandidateNs(GroupedCodes(few, few.rows(), 1), queries.data(), costs.probe);
    return costs;
  });
}

}  // namespace hashlens
