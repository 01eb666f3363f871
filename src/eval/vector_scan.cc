#include "eval/vector_scan.h"

#include <cblas.h>

#include <algorithm>
#include <bit>

#include "base/parallel.h"

namespace hashlens {
namespace {

constexpr size_t kScores = size_t{1} << 24;  // floats that are held at once, about
constexpr size_t kMostQueries = 256;

// For the length of a scope.
class BlasThreads {
 public:
  explicit BlasThreads(int threads) : before_(openblas_get_num_threads()) {
    openblas_set_num_threads(threads);
  }
  ~BlasThreads() { openblas_set_num_threads(before_); }
  BlasThreads(const BlasThreads&) = delete;
  BlasThreads& operator=(const BlasThreads&) = delete;

 private:
  int before_;
};

// Rising with the score, equal scores by row.
uint64_t Key(float score, size_t row) {
  const uint32_t bits = std::bit_cast<uint32_t>(score + 0.0F);  // -0 becomes 0
  const uint32_t rising = (bits >> 31) != 0 ? ~bits : bits | 0x80000000u;
  return uint64_t{rising} << 32 | row;
}

}  // namespace

VectorScan::VectorScan(const Vectors& database) : database_(database) {
  squares_.reserve(database.rows());
  for (size_t row = 0; row < database.rows(); ++row) {
    double sum = 0;
    const float* values = database.Row(row);
    for (size_t i = 0; i < database.dim; ++i) sum += double{values[i]} * values[i];
    squares_.push_back(static_cast<float>(sum));
  }
}

void VectorScan::Multiply(const float* queries, size_t count, float* scores) const {
  const auto rows = static_cast<blasint>(database_.rows());
  const auto dim = static_cast<blasint>(database_.dim);
  for (size_t i = 0; i < count; ++i)
    std::copy(squares_.begin(), squares_.end(), scores + i * database_.rows());
  if (count == 1) {
    cblas_sgemv(CblasRowMajor, CblasNoTrans, rows, dim, -2, database_.values.data(), dim, queries,
                1, 1, scores, 1);
  } else {
    cblas_sgemm(CblasRowMajor, CblasNoTrans, CblasTrans, static_cast<blasint>(count), rows, dim, -2,
                queries, dim, database_.values.data(), dim, 1, scores, rows);
  }
}

void VectorScan::Scores(const float* query, std::span<float> scores) const {
  const BlasThreads one(1);
  Multiply(query, 1, scores.data());
}

Status VectorScan::ForEachQuery(
    const Vectors& queries, std::string_view stage, const CoreOptions& options,
    const std::function<void(size_t query, std::span<const float> scores)>& use,
    const std::function<void(size_t first, size_t count)>& after) const {
  const BlasThreads all(options.threads);
  const size_t rows = database_.rows();
  const size_t chunk = std::clamp<size_t>(kScores / std::max<size_t>(rows, 1), 1, kMostQueries);
  std::vector<float> scores(chunk * rows);
  return InChunks(queries.rows(), chunk, stage, options, [&](size_t first, size_t count) {
    Multiply(queries.Row(first), count, scores.data());
    RunParallel(static_cast<size_t>(options.threads), count,
                [&](size_t i) { use(first + i, std::span(scores).subspan(i * rows, rows)); });
    after(first, count);
  });
}

std::vector<uint32_t> NearestByScore(std::span<const float> scores, size_t k,
                                     std::optional<uint32_t> own) {
  std::vector<uint64_t> keys;
  keys.reserve(scores.size());
  for (size_t row = 0; row < scores.size(); ++row) {
    if (own != row) keys.push_back(Key(scores[row], row));
  }
  const size_t kept = std::min(k, keys.size());
  if (kept < keys.size()) {
    std::nth_element(keys.begin(), keys.begin() + static_cast<ptrdiff_t>(kept), keys.end());
    keys.resize(kept);
  }
  std::sort(keys.begin(), keys.end());
  std::vector<uint32_t> nearest(kept);
  std::transform(keys.begin(), keys.end(), nearest.begin(),
                 [](uint64_t key) { return static_cast<uint32_t>(key); });
  return nearest;
}

}  // namespace hashlens
