// Ranking a database for every query, and judging the answers: from matrices in memory, however
// they came about.
#ifndef HASHLENS_EVAL_CORE_H_
#define HASHLENS_EVAL_CORE_H_

#include <functional>
#include <optional>
#include <span>
#include <stop_token>
#include <string_view>
#include <vector>

#include "eval/matrices.h"
#include "eval/relevance.h"
#include "hashlens/eval.h"

namespace hashlens {

struct CoreOptions {
  size_t k = 1000;  // of mAP@k
  int threads = 1;
  ProgressFunction progress;
  std::stop_token stop;
};

// All functions here: rows are those of `relevance`, in a random order, because among equal
// distances the first row is first. A query's own picture is left out of its answer. The method
// comes with figures and time, without name and size. kCancelled when stopped.

struct RerankInput {
  const Features* database;  // not owned
  const Features* queries;
  std::span<const float> mean;
  size_t candidates;
  size_t most_candidates;  // with those as near as the last candidate, as in SearchOptions
};
struct CodeFigures {
  EvalMethod by_code;
  std::optional<EvalMethod> reranked;
  // The same with `candidates` and no more; none where that makes no difference.
  std::optional<EvalMethod> cut;
};
// By Hamming distance; with `rerank` also with the nearest `candidates`, and those as near as the
// last of them, put in order of centred feature distance, as a search does, and all others behind
// them in order of code.
Result<CodeFigures> JudgeCodes(const Relevance& relevance, const Codes& database,
                               const Codes& queries, const RerankInput* rerank,
                               const CoreOptions& options);

// By Euclidean distance. Memory: about 64 MB beside the vectors.
Result<EvalMethod> JudgeVectors(const Relevance& relevance, const Vectors& database,
                                const Vectors& queries, const CoreOptions& options);

// Answers of a search of any kind: rows, best first, about k a query (k + 1 where the query's own
// picture may be among them). Without mAP over all, curve and time.
Result<EvalMethod> JudgeLists(const Relevance& relevance,
                              const std::vector<std::vector<uint32_t>>& answers,
                              const CoreOptions& options);

// The k nearest rows of each query, exactly, best first, own pictures left out.
Result<std::vector<std::vector<uint32_t>>> NearestRows(const Relevance& relevance,
                                                       const Vectors& database,
                                                       const Vectors& queries,
                                                       const CoreOptions& options);

// Mean over queries of the part of the first k of `exact` that is within the first k of `found`.
double NeighboursFound(const std::vector<std::vector<uint32_t>>& exact,
                       const std::vector<std::vector<uint32_t>>& found, size_t k);

// ---- for the functions above and for baselines ----

// Calls work(first, count) for 0..total-1 in chunks, progress between them.
Status InChunks(size_t total, size_t chunk, std::string_view stage, const CoreOptions& options,
                const std::function<void(size_t first, size_t count)>& work);

// The median of search(query) in milliseconds over up to 100 queries, spread evenly, after one to
// warm up.
double MedianMilliseconds(size_t queries, const std::function<void(size_t query)>& search);

}  // namespace hashlens

#endif  // HASHLENS_EVAL_CORE_H_
