#include "library/reduction_loss.h"

#include <algorithm>
#include <cmath>
#include <thread>
#include <tuple>
#include <vector>

#include "base/parallel.h"
#include "base/try.h"
#include "hash/dots.h"
#include "index/rerank.h"

namespace hashlens {
namespace {

constexpr size_t kNearest = 10;
constexpr size_t kRowsAtOnce = 64;
constexpr size_t kQueriesAtOnce = 64;

// A row of the sample beside a query: cosines of centred features.
struct Near {
  uint64_t row;
  float by;     // what the list is in order of
  float other;  // the same by the other form
};

// The nearest, best first; equally near ones in order of their rows.
void Keep(const Near& near, std::vector<Near>* list) {
  const auto better = [](const Near& a, const Near& b) {
    return std::tuple(-a.by, a.row) < std::tuple(-b.by, b.row);
  };
  if (list->size() == kNearest && !better(near, list->back())) return;
  list->insert(std::upper_bound(list->begin(), list->end(), near, better), near);
  if (list->size() > kNearest) list->pop_back();
}

double Distance(float cosine) { return std::sqrt(std::max(0.0, 2 - 2 * double{cosine})); }

// One form of the features: its queries, and the cosines of a block's rows to all of them.
struct Side {
  size_t dim;
  std::span<const float> mean;
  std::vector<float> queries = {};
  std::vector<float> cosines = {};

  void Centre(std::span<float> rows) const {
    for (size_t first = 0; first < rows.size(); first += dim)
      CentreAndNormalise(rows.subspan(first, dim), mean);
  }
  void AddQuery(std::span<float> feature) {
    Centre(feature);
    queries.insert(queries.end(), feature.begin(), feature.end());
  }
  void Compare(std::vector<float> rows) {
    const size_t count = rows.size() / dim;
    const size_t width = queries.size() / dim;
    cosines.resize(count * width);
    ParallelFor((count + kRowsAtOnce - 1) / kRowsAtOnce, [&](size_t part) {
      const size_t first = part * kRowsAtOnce;
      const size_t some = std::min(kRowsAtOnce, count - first);
      const auto from = std::span(rows).subspan(first * dim, some * dim);
      Centre(from);
      Dots(queries.data(), width, from.data(), some, dim, &cosines[first * width]);
    });
  }
};

class LossMeter {
 public:
  LossMeter(const FeatureSource& sample, uint64_t queries, const Reduction& reduction,
            std::span<const float> full_mean, std::span<const float> reduced_mean)
      : sample_(sample),
        reduction_(reduction),
        count_(std::min(queries, sample.rows())),
        full_{static_cast<size_t>(reduction.in_dim), full_mean},
        reduced_{static_cast<size_t>(reduction.out_dim), reduced_mean},
        nearest_full_(count_),
        nearest_reduced_(count_) {}

  Status TakeQueries() {
    uint64_t row = 0;
    uint64_t taken = 0;
    return sample_.ForEachBlock([&](std::span<const float> rows) -> Status {
      for (size_t first = 0; first < rows.size(); first += full_.dim, ++row) {
        if (taken == count_ || row != RowOf(taken)) continue;
        const auto feature = rows.subspan(first, full_.dim);
        HL_ASSIGN(std::vector<float> reduced, Reduce(reduction_, feature));
        reduced_.AddQuery(reduced);
        std::vector<float> full(feature.begin(), feature.end());
        full_.AddQuery(full);
        ++taken;
      }
      return {};
    });
  }

  Status CompareAll(const ProgressFunction& progress, std::stop_token stop) {
    uint64_t done = 0;
    return sample_.ForEachBlock([&](std::span<const float> rows) -> Status {
      if (stop.stop_requested()) return Cancelled("stopped; the library is as it was");
      if (progress) progress({"measuring the loss", done, sample_.rows(), 0, 0});
      HL_ASSIGN(std::vector<float> reduced, Reduce(reduction_, rows));
      reduced_.Compare(std::move(reduced));
      full_.Compare({rows.begin(), rows.end()});
      const size_t count = rows.size() / full_.dim;
      ParallelFor((count_ + kQueriesAtOnce - 1) / kQueriesAtOnce, [&](size_t part) {
        const size_t end = std::min<size_t>(count_, (part + 1) * kQueriesAtOnce);
        for (size_t row = 0; row < count; ++row) {
          for (size_t query = part * kQueriesAtOnce; query < end; ++query)
            Note(query, done + row, row * count_ + query);
        }
      });
      done += count;
      return {};
    });
  }

  ReductionLoss Loss() const {
    ReductionLoss loss{count_, sample_.rows()};
    uint64_t nearest = 0;
    uint64_t found = 0;
    double change = 0;
    for (size_t query = 0; query < count_; ++query) {
      for (const Near& near : nearest_full_[query]) {
        ++nearest;
        found += static_cast<uint64_t>(
            std::ranges::count(nearest_reduced_[query], near.row, &Near::row));
        change += std::abs(Distance(near.by) - Distance(near.other));
      }
    }
    if (nearest == 0) return loss;
    loss.overlap = static_cast<double>(found) / static_cast<double>(nearest);
    loss.distance_change = change / static_cast<double>(nearest);
    return loss;
  }

 private:
  uint64_t RowOf(uint64_t query) const { return query * sample_.rows() / count_; }

  void Note(size_t query, uint64_t row, size_t at) {
    if (row == RowOf(query)) return;  // itself
    const float full = full_.cosines[at];
    const float reduced = reduced_.cosines[at];
    Keep({row, full, reduced}, &nearest_full_[query]);
    Keep({row, reduced, full}, &nearest_reduced_[query]);
  }

  const FeatureSource& sample_;
  const Reduction& reduction_;
  uint64_t count_;  // of queries
  Side full_;
  Side reduced_;
  std::vector<std::vector<Near>> nearest_full_;  // of each query
  std::vector<std::vector<Near>> nearest_reduced_;
};

}  // namespace

Result<ReductionLoss> MeasureReductionLoss(const FeatureSource& sample, uint64_t queries,
                                           const Reduction& reduction,
                                           std::span<const float> full_mean,
                                           std::span<const float> reduced_mean,
                                           const ProgressFunction& progress, std::stop_token stop) {
  LossMeter meter(sample, queries, reduction, full_mean, reduced_mean);
  HL_TRY(meter.TakeQueries());
  HL_TRY(meter.CompareAll(progress, std::move(stop)));
  return meter.Loss();
}

}  // namespace hashlens
