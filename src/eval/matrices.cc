#include "eval/matrices.h"

#include <algorithm>

#include "base/half.h"
#include "base/parallel.h"
#include "base/try.h"
#include "index/rerank.h"

namespace hashlens {
namespace {

constexpr size_t kBlockRows = 512;

// Calls work(first, count) for blocks that cover all rows, on several threads.
void ForBlocks(size_t rows, int threads, const std::function<void(size_t, size_t)>& work) {
  RunParallel(static_cast<size_t>(threads), (rows + kBlockRows - 1) / kBlockRows,
              [&](size_t block) {
                const size_t first = block * kBlockRows;
                work(first, std::min(kBlockRows, rows - first));
              });
}

}  // namespace

std::vector<float> Features::Floats(size_t first, size_t count) const {
  std::vector<float> floats(count * dim);
  const uint16_t* row = Row(first);
  std::transform(row, row + floats.size(), floats.begin(), FloatFromHalf);
  return floats;
}

Codes CodesOf(const HashHead& head, const Features& features, int threads) {
  const size_t bytes = CodeBytes(head.bits);
  Codes codes{head.bits, std::vector<uint8_t>(features.rows() * bytes)};
  ForBlocks(features.rows(), threads, [&](size_t first, size_t count) {
    ApplyHead(head, features.Floats(first, count),
              std::span(codes.bytes).subspan(first * bytes, count * bytes));
  });
  return codes;
}

std::vector<float> MeanOf(const Features& features) {
  std::vector<double> sums(features.dim);
  for (size_t i = 0; i < features.half.size(); ++i)
    sums[i % features.dim] += static_cast<double>(FloatFromHalf(features.half[i]));
  const double rows = static_cast<double>(features.rows());
  std::vector<float> mean(features.dim);
  std::transform(sums.begin(), sums.end(), mean.begin(),
                 [&](double sum) { return static_cast<float>(sum / rows); });
  return mean;
}

Vectors Centred(const Features& features, std::span<const float> mean, int threads) {
  Vectors vectors{features.dim, std::vector<float>(features.half.size())};
  ForBlocks(features.rows(), threads, [&](size_t first, size_t count) {
    const std::vector<float> floats = features.Floats(first, count);
    float* out = vectors.values.data() + first * features.dim;
    std::copy(floats.begin(), floats.end(), out);
    for (size_t row = 0; row < count; ++row)
      CentreAndNormalise({out + row * features.dim, features.dim}, mean);
  });
  return vectors;
}

Status FeatureRows::ForEachBlock(
    const std::function<Status(std::span<const float> rows)>& use) const {
  for (size_t first = 0; first < features_.rows(); first += kBlockRows) {
    HL_TRY(use(features_.Floats(first, std::min(kBlockRows, features_.rows() - first))));
  }
  return {};
}

}  // namespace hashlens
