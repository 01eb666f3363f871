#include "library/search.h"

#include <algorithm>
#include <tuple>

#include "base/half.h"
#include "base/parallel.h"
#include "base/try.h"
#include "index/rerank.h"
#include "library/stopwatch.h"
#include "library/whole_buckets.h"

namespace hashlens {
namespace {

// Candidates that one thread ranks: fewer are not worth another thread.
constexpr size_t kThreadCandidates = 2048;

Result<std::vector<Hit>> Rerank(const Snapshot& snapshot, std::vector<float> feature,
                                std::vector<Neighbor> candidates, int threads) {
  const std::vector<float>& mean = snapshot.head().mean;
  CentreAndNormalise(feature, mean);
  // A disk likes its reads in order of place.
  std::ranges::sort(candidates, {}, &Neighbor::row);
  std::vector<uint64_t> rows(candidates.size());
  std::ranges::transform(candidates, rows.begin(), &Neighbor::row);
  snapshot.PrefetchFeatures(rows);
  std::vector<Hit> hits(candidates.size());
  const size_t parts = (candidates.size() + kThreadCandidates - 1) / kThreadCandidates;
  std::vector<Status> statuses(parts);
  const auto rank = [&](size_t part) -> Status {
    StoredRows stored;
    const size_t end = std::min(candidates.size(), (part + 1) * kThreadCandidates);
    for (size_t i = part * kThreadCandidates; i < end; ++i) {
      const Neighbor& candidate = candidates[i];
      HL_TRY(snapshot.ReadFeature(candidate.row, &stored));
      hits[i] = {0,
                 snapshot.id(candidate.row),
                 {},
                 candidate.distance,
                 CentredDistance(feature, mean, stored.values.data())};
    }
    return {};
  };
  RunParallel(static_cast<size_t>(threads), parts,
              [&](size_t part) { statuses[part] = rank(part); });
  for (const Status& status : statuses) HL_TRY(status);
  return hits;
}

std::vector<Hit> InOrderOfCode(const Snapshot& snapshot, const std::vector<Neighbor>& candidates) {
  std::vector<Hit> hits;
  hits.reserve(candidates.size());
  for (const Neighbor& candidate : candidates) {
    hits.push_back({0, snapshot.id(candidate.row), {}, candidate.distance, std::nullopt});
  }
  return hits;
}

void KeepBest(std::vector<Hit>* hits, size_t k) {
  const auto better = [](const Hit& a, const Hit& b) {
    return std::tuple(a.distance.value_or(0), a.distance ? 0 : a.hamming, a.id) <
           std::tuple(b.distance.value_or(0), b.distance ? 0 : b.hamming, b.id);
  };
  const size_t kept = std::min(k, hits->size());
  std::partial_sort(hits->begin(), hits->begin() + static_cast<ptrdiff_t>(kept), hits->end(),
                    better);
  hits->resize(kept);
  uint32_t rank = 0;
  for (Hit& hit : *hits) hit.rank = ++rank;
}

// The last neighbour that a cursor has passed, or the nearest possible one before it.
std::optional<Neighbor> After(const Snapshot& snapshot, const std::optional<Cursor>& cursor) {
  if (!cursor) return std::nullopt;
  const uint64_t passed = snapshot.RowsUpTo(cursor->id);
  if (passed > 0) return Neighbor{passed - 1, cursor->hamming};
  if (cursor->hamming == 0) return std::nullopt;
  return Neighbor{snapshot.rows(), cursor->hamming - 1};
}

// The codes of the library, as cursors name them.
std::string CursorCodes(const Snapshot& snapshot) {
  return snapshot.meta().head_sha256.substr(0, 8);
}

std::string Images(uint64_t count) {
  return std::to_string(count) + (count == 1 ? " image" : " images");
}

// What SearchResult::promise says.
std::string PromiseOf(const SearchResult& result, const SearchOptions& options,
                      std::optional<uint32_t> farthest) {
  const size_t given = result.hits.size();
  if (given == 0) {
    const int radius = std::max(options.radius, options.bucket);
    if (result.rows == 0 || radius < 0) return "there is no image, or none more";
    return "no image has a code within " + std::to_string(radius) +
           (radius == 1 ? " bit" : " bits");
  }
  if (!options.rerank) {
    return (options.after ? "the next " : "the nearest ") + std::to_string(given) + " by code";
  }
  std::string promise = "the best " + std::to_string(given) + " by feature of ";
  if (result.ties_cut > 0) {
    return promise + "the nearest " + Images(result.candidates) + " by code; " +
           std::to_string(result.ties_cut) + " more, as near as the last of these, were left out";
  }
  promise += "all " + Images(result.candidates);
  if (result.candidates < result.rows && farthest)
    promise += " whose codes differ in at most " + std::to_string(*farthest) +
               (*farthest == 1 ? " bit" : " bits");
  return promise;
}

Status RequireSearchable(const Snapshot& snapshot, const SearchOptions& options) {
  if (options.bucket >= 0 || options.all_features) {
    const char* what = options.all_features ? "ranking all features" : "a whole bucket";
    if (options.bucket >= 0 && options.all_features)
      return InvalidArgument("a bucket and all features cannot be asked for together");
    if (!options.rerank || options.after || options.radius >= 0) {
      return InvalidArgument(std::string(what) +
                             " cannot be combined with a radius, a page or the order of codes");
    }
  }
  if (options.after && options.rerank)
    return InvalidArgument("pages go by the order of codes: they need a search without re-rank");
  if (options.after && !options.after->codes.empty() &&
      options.after->codes != CursorCodes(snapshot)) {
    return InvalidArgument(
        "the library has got other codes since that page: begin again with the first");
  }
  if (snapshot.codes().Can(options.strategy)) return {};
  const CodeIndex& codes = snapshot.codes();
  std::string message = "strategy ";
  message += StrategyName(options.strategy);
  if (codes.prepared_rows() == 0) {
    message += ": the codes are not arranged for it, which takes at least 64 images";
    return InvalidArgument(message);
  }
  message += " is for codes of ";
  message += options.strategy == Strategy::kBuckets ? "32 bits or less" : "16 bits or more";
  message += ", and these have " + std::to_string(codes.bits());
  return InvalidArgument(message);
}

}  // namespace

Result<std::vector<float>> StoredFeature(const Snapshot& snapshot, uint64_t row) {
  StoredRows stored;
  HL_TRY(snapshot.ReadFeature(row, &stored));
  std::vector<float> feature(stored.values.size());
  std::ranges::transform(stored.values, feature.begin(), FloatFromHalf);
  return feature;
}

namespace {

std::vector<uint8_t> CodesOf(const Snapshot& snapshot,
                             const std::vector<std::vector<float>>& features) {
  const size_t code_bytes = CodeBytes(snapshot.head().bits);
  std::vector<uint8_t> codes(features.size() * code_bytes);
  for (size_t i = 0; i < features.size(); ++i) {
    ApplyHead(snapshot.head(), features[i], std::span(codes).subspan(i * code_bytes, code_bytes));
  }
  return codes;
}

// What does not depend on how the codes were searched. i: which of the codes is the query's.
SearchResult StartResult(const Snapshot& snapshot, const Bitmap* allowed,
                         std::span<const uint8_t> codes, size_t i) {
  SearchResult result;
  const size_t code_bytes = CodeBytes(snapshot.head().bits);
  const std::span code = codes.subspan(i * code_bytes, code_bytes);
  result.query_code = {0, snapshot.head().bits, {code.begin(), code.end()}};
  result.arranged = snapshot.codes().prepared_rows();
  result.rows = allowed != nullptr ? allowed->Count() : snapshot.rows();
  return result;
}

Result<std::vector<SearchResult>> SearchWhole(const Snapshot& snapshot,
                                              const std::vector<std::vector<float>>& features,
                                              const SearchOptions& options, const Bitmap* allowed,
                                              int threads) {
  Stopwatch watch;
  const std::vector<uint8_t> codes = CodesOf(snapshot, features);
  HL_ASSIGN(std::vector<RankedBucket> buckets,
            RankWholeBuckets(snapshot, features, codes, options, allowed, threads));
  const double ms = watch.Milliseconds() / static_cast<double>(std::max<size_t>(buckets.size(), 1));
  std::vector<SearchResult> results;
  for (RankedBucket& bucket : buckets) {
    SearchResult result = StartResult(snapshot, allowed, codes, results.size());
    result.codes.compared = snapshot.rows();
    result.candidates = bucket.candidates;
    result.hits = std::move(bucket.hits);
    KeepBest(&result.hits, options.k);
    result.stages_ms.rerank = ms;
    std::optional<uint32_t> farthest;
    if (!options.all_features) farthest = static_cast<uint32_t>(options.bucket);
    result.promise = PromiseOf(result, options, farthest);
    results.push_back(std::move(result));
  }
  return results;
}

}  // namespace

Result<std::vector<SearchResult>> SearchFeatures(const Snapshot& snapshot,
                                                 const std::vector<std::vector<float>>& features,
                                                 const SearchOptions& options,
                                                 const Bitmap* allowed, int threads) {
  HL_TRY(RequireSearchable(snapshot, options));
  if (options.bucket >= 0 || options.all_features)
    return SearchWhole(snapshot, features, options, allowed, threads);
  Stopwatch watch;
  const std::vector<uint8_t> codes = CodesOf(snapshot, features);
  CodeQuery query;
  query.k = options.rerank ? std::max(options.candidates, options.k) : options.k;
  query.most = options.rerank ? std::max(options.most_candidates, query.k) : 0;
  query.radius = options.radius;
  query.allowed = allowed;
  query.threads = threads;
  query.strategy = options.strategy;
  query.after = After(snapshot, options.after);
  std::vector<CodeTrace> traces;
  std::vector<std::vector<Neighbor>> found = snapshot.codes().Search(codes, query, &traces);
  const double codes_ms =
      watch.Lap() * 1e3 / static_cast<double>(std::max<size_t>(features.size(), 1));

  std::vector<SearchResult> results;
  for (size_t i = 0; i < features.size(); ++i) {
    watch.Lap();
    SearchResult result = StartResult(snapshot, allowed, codes, i);
    result.codes = traces[i];
    result.candidates = found[i].size();
    result.ties_cut = traces[i].ties_cut;
    result.exact = result.ties_cut == 0;
    result.stages_ms.codes = codes_ms;
    std::optional<uint32_t> farthest;
    if (!found[i].empty()) farthest = found[i].back().distance;
    if (options.rerank) {
      HL_ASSIGN(result.hits, Rerank(snapshot, features[i], std::move(found[i]), threads));
    } else {
      result.hits = InOrderOfCode(snapshot, found[i]);
      if (found[i].size() == options.k)
        result.next =
            Cursor{result.hits.back().hamming, result.hits.back().id, CursorCodes(snapshot)};
    }
    KeepBest(&result.hits, options.k);
    result.promise = PromiseOf(result, options, farthest);
    result.stages_ms.rerank = watch.Milliseconds();
    results.push_back(std::move(result));
  }
  return results;
}

}  // namespace hashlens
