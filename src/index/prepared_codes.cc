#include "index/prepared_codes.h"

#include <algorithm>
#include <limits>

namespace hashlens {
namespace {

constexpr double kNanosecondsOfMicrosecond = 1000;
// A scan that takes less than this is not worth thinking about.
constexpr double kNotWorthChoosingNs = 4000;
// What the scan does for filters: it looks at so many rows at once, and at every row's bit.
constexpr double kRowsOfFilterStep = 32;
constexpr double kFilterNsOfRow = 0.02;
// A look-up that takes this many times as long as expected is given up.
constexpr double kPatience = 4;
// A sample, for what searches are like.
constexpr uint64_t kAskedCodes = 64;

size_t Index(Strategy strategy) { return static_cast<size_t>(strategy); }

double CandidateNs(const CodeBlocks& codes, const CodeCosts& costs) {
  return codes.bytes() > CodeCosts::kCacheBytes ? costs.far_candidate : costs.candidate;
}

}  // namespace

void PreparedCodes::MakeTables() {
  const int bits = grouped_.codes().bits();
  if (SubstringTables::CanBeWhole(bits)) whole_.emplace(grouped_, /*whole=*/true);
  if (SubstringTables::CanBeCut(bits)) cut_.emplace(grouped_, /*whole=*/false);
}

const SubstringTables* PreparedCodes::TablesOf(Strategy strategy) const {
  if (strategy == Strategy::kBuckets && whole_) return &*whole_;
  if (strategy == Strategy::kMih && cut_) return &*cut_;
  return nullptr;
}

Strategy PreparedCodes::Best(std::array<double, kStrategies> ns) const {
  while (true) {
    const auto best = std::min_element(ns.begin(), ns.end());
    const auto strategy = static_cast<Strategy>(best - ns.begin());
    const SubstringTables* tables = TablesOf(strategy);
    if (tables == nullptr || tables->made()) return strategy;
    // Tables that are not there yet are made once they would have spared what making them takes.
    const double with = *best;
    *best = std::numeric_limits<double>::infinity();
    if (tables->WouldHavePaid(*std::min_element(ns.begin(), ns.end()) - with)) return strategy;
  }
}

CodeTrace PreparedCodes::Choose(const KeyQuery& query, const CodeCosts& costs,
                                size_t together) const {
  CodeTrace trace;
  const auto words = static_cast<double>(grouped_.codes().words());
  const auto codes = static_cast<double>(grouped_.codes().rows());
  const auto groups = static_cast<double>(grouped_.groups());
  std::array<double, kStrategies> ns;
  ns.fill(std::numeric_limits<double>::infinity());
  double& scan = ns[Index(Strategy::kScan)];
  // A filter spares the scan the rows around which nothing is allowed.
  const double scanned = std::min(static_cast<double>(rows_),
                                  static_cast<double>(query.allowed_rows) * kRowsOfFilterStep);
  scan = scanned * words * (together > 1 ? costs.scan_word_batch : costs.scan_word) +
         (query.allowed == nullptr ? 0 : static_cast<double>(rows_) * kFilterNsOfRow);
  const double candidate = CandidateNs(grouped_.codes(), costs);
  // The quickest of the tables, when everything below `limit` is to be found.
  const auto expect_tables = [&](uint32_t limit) {
    double least = std::numeric_limits<double>::infinity();
    for (const Strategy strategy : {Strategy::kBuckets, Strategy::kMih}) {
      const SubstringTables* tables = TablesOf(strategy);
      if (tables == nullptr) continue;
      const SubstringTables::Work work = tables->Expect(limit);
      double& expected = ns[Index(strategy)];
      expected = std::min(expected, work.probes * costs.probe + work.candidates * candidate);
      least = std::min(least, expected);
    }
    return least;
  };
  // What needs no look at the codes around the query.
  const uint32_t average =
      AverageRadius(grouped_.codes().bits(), query.wanted.k, query.allowed_rows);
  double tables = std::numeric_limits<double>::infinity();
  if (whole_ || query.limit <= average) tables = expect_tables(std::min(query.limit, average + 1));
  if (std::min(scan, tables) > kNotWorthChoosingNs && tables > scan / 2) {
    // The codes around the query give a bound for the k-th distance, whatever the rest is like.
    NearestKeys near = query.Start();
    grouped_.SearchNearestBalls(query.words, query.allowed, &near);
    const uint32_t limit = near.limit();
    trace.expected_distance = static_cast<int>(limit) - 1;
    const GroupedCodes::Reach reach = grouped_.ReachOf(query.words, limit);
    ns[Index(Strategy::kDistinct)] = codes * words * costs.group_word;
    ns[Index(Strategy::kBalls)] =
        (groups + reach.codes) * words * costs.group_word + reach.groups * costs.group;
    expect_tables(limit);
  }
  trace.strategy = Best(ns);
  for (size_t i = 0; i < ns.size(); ++i) {
    if (ns[i] < std::numeric_limits<double>::infinity())
      trace.expected_us[i] = ns[i] / kNanosecondsOfMicrosecond;
  }
  return trace;
}

double PreparedCodes::Work(size_t k, const CodeCosts& costs) const {
  const CodeBlocks& codes = grouped_.codes();
  const uint64_t asked = std::min(codes.rows(), kAskedCodes);
  const uint32_t any = static_cast<uint32_t>(codes.words() * 64 + 1);
  double work = 0;
  uint64_t words[kMaxCodeWords];
  for (uint64_t i = 0; i < asked; ++i) {
    codes.GetWords(i * codes.rows() / asked, words);
    const CodeTrace trace = Choose({words, {.k = k}, any, 0, nullptr, rows_}, costs, 1);
    work += trace.expected_us[Index(trace.strategy)] / trace.expected_us[Index(Strategy::kScan)];
  }
  return asked == 0 ? 1 : std::min(1.0, work / static_cast<double>(asked));
}

std::vector<uint64_t> PreparedCodes::Search(const KeyQuery& query, const CodeCosts& costs,
                                            CodeTrace* trace) const {
  NearestKeys nearest = query.Start();
  if (trace->expected_distance >= 0) {
    const auto bound = static_cast<uint32_t>(trace->expected_distance) + 1;
    nearest = NearestKeys(query.wanted, std::min(query.limit, bound), query.first_key);
  }
  if (const SubstringTables* tables = TablesOf(trace->strategy)) {
    // Asked for by name, it may take what it takes.
    const double expected = trace->expected_us[Index(trace->strategy)] * kNanosecondsOfMicrosecond;
    const double patience = expected < 0 ? std::numeric_limits<double>::infinity()
                                         : std::max(expected, kNotWorthChoosingNs) * kPatience;
    SubstringTables::Work done;
    const bool complete = tables->Search(
        query.words, query.allowed,
        {patience / costs.probe, patience / CandidateNs(grouped_.codes(), costs)}, &nearest, &done);
    trace->buckets = static_cast<uint64_t>(done.probes);
    trace->compared = static_cast<uint64_t>(done.candidates);
    if (complete) {
      trace->ties_cut = nearest.ties_cut();
      return nearest.Take();
    }
    trace->gave_up = true;
    trace->strategy = Strategy::kBalls;
    nearest = NearestKeys(query.wanted, nearest.limit(), query.first_key);
  }
  trace->compared += trace->strategy == Strategy::kDistinct
                         ? grouped_.SearchAll(query.words, query.allowed, &nearest)
                         : grouped_.SearchBalls(query.words, query.allowed, &nearest);
  trace->ties_cut = nearest.ties_cut();
  return nearest.Take();
}

}  // namespace hashlens
