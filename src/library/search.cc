#include "library/search.h"

#include <algorithm>
#include <tuple>

#include "base/half.h"
#include "base/try.h"
#include "index/rerank.h"
#include "library/stopwatch.h"

namespace hashlens {
namespace {

Result<std::vector<Hit>> Rerank(const Snapshot& snapshot, std::vector<float> feature,
                                const std::vector<Neighbor>& candidates) {
  const std::vector<float>& mean = snapshot.head().mean;
  CentreAndNormalise(feature, mean);
  std::vector<uint64_t> rows;
  rows.reserve(candidates.size());
  for (const Neighbor& candidate : candidates) rows.push_back(candidate.row);
  std::sort(rows.begin(), rows.end());  // a disk likes its reads in order of place
  for (uint64_t row : rows) snapshot.PrefetchFeature(row);
  std::vector<Hit> hits;
  hits.reserve(candidates.size());
  StoredRows stored;
  for (const Neighbor& candidate : candidates) {
    HL_TRY(snapshot.ReadFeature(candidate.row, &stored));
    hits.push_back({0,
                    snapshot.id(candidate.row),
                    {},
                    candidate.distance,
                    CentredDistance(feature, mean, stored.values.data())});
  }
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

// As cursors name them.
std::string CodesOf(const Snapshot& snapshot) { return snapshot.meta().head_sha256.substr(0, 8); }

Status RequireSearchable(const Snapshot& snapshot, const SearchOptions& options) {
  if (options.after && options.rerank)
    return InvalidArgument("pages go by the order of codes: they need a search without re-rank");
  if (options.after && !options.after->codes.empty() && options.after->codes != CodesOf(snapshot)) {
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

Result<std::vector<SearchResult>> SearchFeatures(const Snapshot& snapshot,
                                                 const std::vector<std::vector<float>>& features,
                                                 const SearchOptions& options,
                                                 const Bitmap* allowed, int threads) {
  HL_TRY(RequireSearchable(snapshot, options));
  Stopwatch watch;
  const size_t code_bytes = CodeBytes(snapshot.head().bits);
  std::vector<uint8_t> codes(features.size() * code_bytes);
  for (size_t i = 0; i < features.size(); ++i) {
    ApplyHead(snapshot.head(), features[i], std::span(codes).subspan(i * code_bytes, code_bytes));
  }
  CodeQuery query;
  query.k = options.rerank ? std::max(options.candidates, options.k) : options.k;
  query.radius = options.radius;
  query.allowed = allowed;
  query.threads = threads;
  query.strategy = options.strategy;
  query.after = After(snapshot, options.after);
  std::vector<CodeTrace> traces;
  const std::vector<std::vector<Neighbor>> found = snapshot.codes().Search(codes, query, &traces);
  const double codes_ms =
      watch.Lap() * 1e3 / static_cast<double>(std::max<size_t>(features.size(), 1));

  std::vector<SearchResult> results;
  for (size_t i = 0; i < features.size(); ++i) {
    watch.Lap();
    SearchResult result;
    result.codes = traces[i];
    result.arranged = snapshot.codes().prepared_rows();
    result.rows = allowed != nullptr ? allowed->Count() : snapshot.rows();
    result.candidates = found[i].size();
    result.stages_ms.codes = codes_ms;
    if (options.rerank) {
      HL_ASSIGN(result.hits, Rerank(snapshot, features[i], found[i]));
    } else {
      result.hits = InOrderOfCode(snapshot, found[i]);
      if (found[i].size() == options.k)
        result.next = Cursor{result.hits.back().hamming, result.hits.back().id, CodesOf(snapshot)};
    }
    KeepBest(&result.hits, options.k);
    result.stages_ms.rerank = watch.Milliseconds();
    results.push_back(std::move(result));
  }
  return results;
}

}  // namespace hashlens
