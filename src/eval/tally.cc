#include "eval/tally.h"

#include <algorithm>

namespace hashlens {
namespace {

std::vector<uint64_t> Depths(const TallyOptions& options) {
  const uint64_t last = options.whole ? options.rows : std::min(options.rows, options.k);
  std::vector<uint64_t> depths;
  for (uint64_t power = 1; power <= last; power *= 10) {
    for (const uint64_t factor : {1, 2, 5}) {
      if (power * factor <= last) depths.push_back(power * factor);
    }
  }
  if (options.k <= last && !std::binary_search(depths.begin(), depths.end(), options.k)) {
    depths.insert(std::upper_bound(depths.begin(), depths.end(), options.k), options.k);
  }
  return depths;
}

void AddTo(std::span<double> totals, std::span<const double> values) {
  std::transform(values.begin(), values.end(), totals.begin(), totals.begin(), std::plus<>());
}

}  // namespace

Tally::Tally(const TallyOptions& options)
    : options_(options), depths_(Depths(options)), sums_(options.ties ? options.rows : 0) {
  total_.precision.resize(depths_.size());
  total_.recall.resize(depths_.size());
}

QueryFigures Tally::Judge(HitRanks hits, size_t relevant, std::span<const TieGroup> groups) const {
  QueryFigures figures;
  figures.ap_k = AveragePrecision(hits, options_.k);
  for (const uint64_t depth : depths_) {
    figures.precision.push_back(PrecisionAt(hits, depth));
    figures.recall.push_back(RecallAt(hits, depth, relevant));
  }
  if (options_.whole) {
    figures.ap_all = AveragePrecision(hits, options_.rows);
    figures.curve = InterpolatedPrecision(hits);
  }
  if (options_.ties) {
    figures.expected_ap_k = ExpectedAveragePrecision(groups, options_.k, sums_);
    figures.expected_ap_all = ExpectedAveragePrecision(groups, options_.rows, sums_);
  }
  return figures;
}

void Tally::Add(const QueryFigures& figures) {
  ++queries_;
  total_.ap_k += figures.ap_k;
  total_.ap_all += figures.ap_all;
  total_.expected_ap_k += figures.expected_ap_k;
  total_.expected_ap_all += figures.expected_ap_all;
  AddTo(total_.precision, figures.precision);
  AddTo(total_.recall, figures.recall);
  AddTo(total_.curve, figures.curve);
}

void Tally::Finish(EvalMethod* method) const {
  const double queries = static_cast<double>(std::max<size_t>(queries_, 1));
  method->map_at_k = total_.ap_k / queries;
  if (options_.whole) {
    method->map_all = total_.ap_all / queries;
    for (const double sum : total_.curve) method->precision_at_recall.push_back(sum / queries);
  }
  if (options_.ties) {
    method->expected_map_at_k = total_.expected_ap_k / queries;
    method->expected_map_all = total_.expected_ap_all / queries;
  }
  for (size_t i = 0; i < depths_.size(); ++i) {
    method->at.push_back({depths_[i], total_.precision[i] / queries, total_.recall[i] / queries});
  }
}

}  // namespace hashlens
