#include "base/try.h"
#include "eval/core.h"
#include "eval/tally.h"
#include "eval/vector_scan.h"

namespace hashlens {
namespace {

QueryFigures JudgeScores(const Relevance& relevance, const Tally& tally, size_t query,
                         std::span<const float> scores) {
  std::vector<Answer> marks(relevance.rows());
  const size_t right = relevance.Mark(query, marks);
  const std::vector<uint32_t> ranking = NearestByScore(scores, scores.size(), relevance.Own(query));
  std::vector<uint32_t> hits;
  hits.reserve(right);
  for (size_t i = 0; i < ranking.size(); ++i) {
    if (marks[ranking[i]] == Answer::kRight) hits.push_back(static_cast<uint32_t>(i + 1));
  }
  return tally.Judge(hits, right);
}

}  // namespace

Result<EvalMethod> JudgeVectors(const Relevance& relevance, const Vectors& database,
                                const Vectors& queries, const CoreOptions& options) {
  const VectorScan scan(database);
  Tally tally({relevance.rows(), options.k, /*whole=*/true, /*ties=*/false});
  std::vector<QueryFigures> figures(relevance.queries());
  HL_TRY(scan.ForEachQuery(
      queries, "ranking by feature", options,
      [&](size_t query, std::span<const float> scores) {
        figures[query] = JudgeScores(relevance, tally, query, scores);
      },
      [&](size_t first, size_t count) {
        for (size_t i = first; i < first + count; ++i) {
          tally.Add(figures[i]);
          figures[i] = {};
        }
      }));
  EvalMethod method;
  tally.Finish(&method);
  std::vector<float> scores(database.rows());
  method.search_ms = MedianMilliseconds(queries.rows(), [&](size_t query) {
    scan.Scores(queries.Row(query), scores);
    NearestByScore(scores, options.k, relevance.Own(query));
  });
  return method;
}

Result<std::vector<std::vector<uint32_t>>> NearestRows(const Relevance& relevance,
                                                       const Vectors& database,
                                                       const Vectors& queries,
                                                       const CoreOptions& options) {
  std::vector<std::vector<uint32_t>> nearest(queries.rows());
  HL_TRY(VectorScan(database).ForEachQuery(
      queries, "looking for true neighbours", options,
      [&](size_t query, std::span<const float> scores) {
        nearest[query] = NearestByScore(scores, options.k, relevance.Own(query));
      },
      [](size_t, size_t) {}));
  return nearest;
}

}  // namespace hashlens
