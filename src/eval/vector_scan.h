// Euclidean distances from queries to all rows, by blocked matrix products. Internal to src/eval.
#ifndef HASHLENS_EVAL_VECTOR_SCAN_H_
#define HASHLENS_EVAL_VECTOR_SCAN_H_

#include <functional>
#include <span>
#include <string_view>
#include <vector>

#include "eval/core.h"

namespace hashlens {

// Orders as |query - row|^2, for one query: |row|^2 - 2 query . row.
class VectorScan {
 public:
  // The database must outlive it.
  explicit VectorScan(const Vectors& database);

  // Calls use(query, scores) for every query, scores one a row, from several threads at once; no
  // two calls share a chunk's memory. after(first, count) follows on the calling thread when the
  // queries first..first+count-1 are through.
  Status ForEachQuery(const Vectors& queries, std::string_view stage, const CoreOptions& options,
                      const std::function<void(size_t query, std::span<const float> scores)>& use,
                      const std::function<void(size_t first, size_t count)>& after) const;

  // One query on one thread.
  void Scores(const float* query, std::span<float> scores) const;

 private:
  void Multiply(const float* queries, size_t count, float* scores) const;

  const Vectors& database_;
  std::vector<float> squares_;  // |row|^2
};

// The first k rows by (score, row), without `own`.
std::vector<uint32_t> NearestByScore(std::span<const float> scores, size_t k,
                                     std::optional<uint32_t> own);

}  // namespace hashlens

#endif  // HASHLENS_EVAL_VECTOR_SCAN_H_
