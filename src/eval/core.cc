#include "eval/core.h"

#include <algorithm>

#include "base/try.h"
#include "eval/tally.h"
#include "library/stopwatch.h"

namespace hashlens {
namespace {

constexpr size_t kTimedQueries = 100;

}  // namespace

Status InChunks(size_t total, size_t chunk, std::string_view stage, const CoreOptions& options,
                const std::function<void(size_t first, size_t count)>& work) {
  for (size_t first = 0; first < total; first += chunk) {
    if (options.stop.stop_requested()) return Cancelled("stopped");
    if (options.progress) options.progress({stage, first, total, 0, 0});
    work(first, std::min(chunk, total - first));
  }
  if (options.progress) options.progress({stage, total, total, 0, 0});
  return {};
}

double MedianMilliseconds(size_t queries, const std::function<void(size_t query)>& search) {
  const size_t timed = std::min(queries, kTimedQueries);
  if (timed == 0) return 0;
  search(0);
  std::vector<double> times;
  for (size_t i = 0; i < timed; ++i) {
    const Stopwatch watch;
    search(i * queries / timed);
    times.push_back(watch.Milliseconds());
  }
  std::sort(times.begin(), times.end());
  return times[times.size() / 2];
}

Result<EvalMethod> JudgeLists(const Relevance& relevance,
                              const std::vector<std::vector<uint32_t>>& answers,
                              const CoreOptions& options) {
  Tally tally({relevance.rows(), options.k, /*whole=*/false, /*ties=*/false});
  std::vector<Answer> marks(relevance.rows());
  std::vector<uint32_t> hits;
  for (size_t query = 0; query < answers.size(); ++query) {
    if (options.stop.stop_requested()) return Cancelled("stopped");
    const size_t right = relevance.Mark(query, marks);
    hits.clear();
    uint32_t rank = 0;
    for (const uint32_t row : answers[query]) {
      if (marks[row] == Answer::kItself) continue;
      ++rank;
      if (marks[row] == Answer::kRight) hits.push_back(rank);
    }
    tally.Add(tally.Judge(hits, right));
  }
  EvalMethod method;
  tally.Finish(&method);
  return method;
}

double NeighboursFound(const std::vector<std::vector<uint32_t>>& exact,
                       const std::vector<std::vector<uint32_t>>& found, size_t k) {
  double sum = 0;
  for (size_t query = 0; query < exact.size(); ++query) {
    const auto first = [&](std::vector<uint32_t> rows) {
      rows.resize(std::min(rows.size(), k));
      std::sort(rows.begin(), rows.end());
      return rows;
    };
    const std::vector<uint32_t> wanted = first(exact[query]);
    const std::vector<uint32_t> given = first(found[query]);
    std::vector<uint32_t> both;
    std::set_intersection(wanted.begin(), wanted.end(), given.begin(), given.end(),
                          std::back_inserter(both));
    if (!wanted.empty())
      sum += static_cast<double>(both.size()) / static_cast<double>(wanted.size());
  }
  return exact.empty() ? 0 : sum / static_cast<double>(exact.size());
}

}  // namespace hashlens
