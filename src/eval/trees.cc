// Trees over the full features, by the libraries that are known for them.
#include "eval/baselines.h"

#if HASHLENS_HAVE_TREES
#include <ANN/ANN.h>

#include <flann/flann.hpp>
#endif

#include <algorithm>
#include <functional>
#include <memory>
#include <string>

#include "base/guard.h"
#include "base/try.h"

namespace hashlens {

#if HASHLENS_HAVE_TREES
namespace {

constexpr int kForest = 4;     // trees, FLANN's default
constexpr int kLeafRows = 16;  // of ANN's tree
constexpr size_t kLeastVisits = 2'048;

using Answers = std::vector<std::vector<uint32_t>>;

// What both trees are given and measured by.
struct TreeTask {
  const BaselineInput& input;
  const Vectors& database;
  const Vectors& queries;
  const Answers& exact;
  size_t visits;  // rows that a search may look at
};

// search(query, count): rows, best first.
Status AddTree(const TreeTask& task, const std::string& name, const std::string& about,
               const std::function<std::vector<uint32_t>(size_t, size_t)>& search,
               EvalReport* report) {
  const CoreOptions& core = task.input.core;
  const size_t count = std::min(core.k + 1, task.database.rows());
  Answers answers(task.queries.rows());
  HL_TRY(InChunks(answers.size(), 50, "searching by " + name, core, [&](size_t first, size_t n) {
    for (size_t q = first; q < first + n; ++q) answers[q] = search(q, count);
  }));
  HL_ASSIGN(EvalMethod method, JudgeLists(task.input.relevance, answers, core));
  for (size_t q = 0; q < answers.size(); ++q) {
    const std::optional<uint32_t> own = task.input.relevance.Own(q);
    if (own) std::erase(answers[q], *own);
  }
  method.name = name;
  method.about = about + ", at most " + std::to_string(task.visits) + " rows looked at";
  method.baseline = true;
  method.bytes_per_image = static_cast<double>(sizeof(float) * task.database.dim);
  method.neighbours_found_10 = NeighboursFound(task.exact, answers, 10);
  method.neighbours_found_k = NeighboursFound(task.exact, answers, core.k);
  method.search_ms = MedianMilliseconds(answers.size(), [&](size_t q) { (void)search(q, count); });
  report->methods.push_back(std::move(method));
  return {};
}

Status AddForest(const TreeTask& task, EvalReport* report) {
  // FLANN wants a pointer to what it never writes.
  const flann::Matrix<float> rows(const_cast<float*>(task.database.values.data()),  // NOLINT
                                  task.database.rows(), task.database.dim);
  flann::Index<flann::L2<float>> index(rows, flann::KDTreeIndexParams(kForest));
  index.buildIndex();
  const auto search = [&](size_t query, size_t count) {
    std::vector<int> found(count, -1);
    std::vector<float> distances(count);
    const flann::Matrix<float> wanted(const_cast<float*>(task.queries.Row(query)), 1,  // NOLINT
                                      task.queries.dim);
    flann::Matrix<int> indices(found.data(), 1, count);
    flann::Matrix<float> squares(distances.data(), 1, count);
    index.knnSearch(wanted, indices, squares, count,
                    flann::SearchParams(static_cast<int>(task.visits)));
    std::erase_if(found, [](int row) { return row < 0; });
    return std::vector<uint32_t>(found.begin(), found.end());
  };
  return AddTree(
      task, "k-d forest",
      "FLANN, best bin first in " + std::to_string(kForest) + " k-d trees, drawn anew by every run",
      search, report);
}

Status AddBoxTree(const TreeTask& task, EvalReport* report) {
  const auto dim = static_cast<int>(task.database.dim);
  const auto rows = static_cast<int>(task.database.rows());
  ANNpointArray points = annAllocPts(rows, dim);
  std::copy(task.database.values.begin(), task.database.values.end(), points[0]);
  auto tree = std::make_unique<ANNbd_tree>(points, rows, dim, kLeafRows);
  annMaxPtsVisit(static_cast<int>(task.visits));
  const auto search = [&](size_t query, size_t count) {
    std::vector<ANNcoord> wanted(task.queries.Row(query), task.queries.Row(query) + dim);
    std::vector<ANNidx> found(count, ANN_NULL_IDX);
    std::vector<ANNdist> squares(count);
    tree->annkPriSearch(wanted.data(), static_cast<int>(count), found.data(), squares.data());
    std::erase(found, ANN_NULL_IDX);
    return std::vector<uint32_t>(found.begin(), found.end());
  };
  const Status status =
      AddTree(task, "box tree", "ANN's balanced box-decomposition tree, nearest boxes first",
              search, report);
  annMaxPtsVisit(0);
  tree.reset();  // before what it points to
  annDeallocPts(points);
  annClose();
  return status;
}

}  // namespace

Status AddTrees(const BaselineInput& input, EvalReport* report) {
  const std::vector<float> mean = MeanOf(input.database);
  const Vectors database = Centred(input.database, mean, input.core.threads);
  const Vectors queries = Centred(input.queries, mean, input.core.threads);
  HL_ASSIGN(const Answers exact, NearestRows(input.relevance, database, queries, input.core));
  const TreeTask task{input, database, queries, exact, std::max(kLeastVisits, 2 * input.core.k)};
  return GuardExceptions([&]() -> Status {
    HL_TRY(AddForest(task, report));
    return AddBoxTree(task, report);
  });
}
#else
Status AddTrees(const BaselineInput&, EvalReport* report) {
  report->notes.push_back(
      "k-d forest and box tree are not in this build: install libflann-dev, libann-dev and "
      "liblz4-dev (tools/setup.sh --baselines does), then configure and build again");
  return {};
}
#endif

}  // namespace hashlens
