// Means over queries.
#ifndef HASHLENS_EVAL_TALLY_H_
#define HASHLENS_EVAL_TALLY_H_

#include <optional>
#include <vector>

#include "eval/expected_precision.h"
#include "eval/metrics.h"
#include "hashlens/eval.h"

namespace hashlens {

// What is to be judged of a ranking.
struct TallyOptions {
  size_t rows = 0;  // in the database
  size_t k = 1000;  // of mAP@k
  bool whole =
      true;  // answers hold every row; otherwise the first k (or all of a smaller database)
  bool ties = false;  // answers come with their groups of equal distance
};

// The figures of one query.
struct QueryFigures {
  double ap_k = 0;
  double ap_all = 0;
  double expected_ap_k = 0;
  double expected_ap_all = 0;
  std::vector<double> precision;  // at each depth
  std::vector<double> recall;
  std::array<double, kRecallPoints> curve{};
};

// Judge is const and thread-safe; Add belongs to one thread, and its order decides the sums' last
// bits.
class Tally {
 public:
  explicit Tally(const TallyOptions& options);

  // hits: see metrics.h. relevant: rows of the database that are. groups: with options.ties, the
  // whole database's.
  QueryFigures Judge(HitRanks hits, size_t relevant, std::span<const TieGroup> groups = {}) const;
  void Add(const QueryFigures& figures);
  // The means, into the fields that they belong to.
  void Finish(EvalMethod* method) const;

  // 1, 2, 5, 10, ... up to the number of rows (or to k), and k.
  const std::vector<uint64_t>& depths() const { return depths_; }

 private:
  TallyOptions options_;
  std::vector<uint64_t> depths_;
  HarmonicSums sums_;
  QueryFigures total_;
  size_t queries_ = 0;
};

}  // namespace hashlens

#endif  // HASHLENS_EVAL_TALLY_H_
