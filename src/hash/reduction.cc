#include "hash/reduction.h"

#include <algorithm>
#include <atomic>
#include <cassert>
#include <cmath>

#include "base/half.h"
#include "base/int8_row.h"
#include "base/parallel.h"
#include "base/try.h"
#include "hash/dots.h"
#include "hash/limits.h"
#include "hash/moments.h"
#include "hash/pca.h"

namespace hashlens {
namespace {

constexpr size_t kRowsAtOnce = 64;
constexpr uint64_t kSeed = 1;  // of directions that stand in where features do not vary

// Each of these gives false when a value is not finite.
bool Project(const Reduction& reduction, std::span<const float> features, std::span<float> out) {
  const size_t dim = reduction.mean.size();
  std::vector<float> centred(features.size());
  for (size_t i = 0; i < features.size(); ++i) centred[i] = features[i] - reduction.mean[i % dim];
  Dots(reduction.directions.data(), static_cast<size_t>(reduction.out_dim), centred.data(),
       features.size() / dim, dim, out.data());
  for (float& value : out) {
    value = FloatFromHalf(HalfFromFloat(value));
    if (!std::isfinite(value)) return false;
  }
  return true;
}

bool RoundToInt8(size_t dim, std::span<const float> features, std::span<float> out) {
  std::vector<uint16_t> halves(dim);
  std::vector<std::byte> row(Int8RowBytes(dim));
  for (size_t first = 0; first < features.size(); first += dim) {
    const auto feature = features.subspan(first, dim);
    std::transform(feature.begin(), feature.end(), halves.begin(), HalfFromFloat);
    if (!EncodeInt8Row(halves, row) || !DecodeInt8Row(row, halves)) return false;
    std::transform(halves.begin(), halves.end(), out.begin() + static_cast<ptrdiff_t>(first),
                   FloatFromHalf);
  }
  return true;
}

}  // namespace

Result<std::vector<float>> Reduce(const Reduction& reduction, std::span<const float> features) {
  const auto in = static_cast<size_t>(reduction.in_dim);
  const auto out = static_cast<size_t>(reduction.out_dim);
  assert(in > 0 && features.size() % in == 0);
  const size_t count = features.size() / in;
  std::vector<float> reduced(count * out);
  std::atomic<bool> finite = true;
  ParallelFor((count + kRowsAtOnce - 1) / kRowsAtOnce, [&](size_t part) {
    const size_t first = part * kRowsAtOnce;
    const size_t rows = std::min(kRowsAtOnce, count - first);
    const auto from = features.subspan(first * in, rows * in);
    const auto to = std::span(reduced).subspan(first * out, rows * out);
    const bool good = reduction.kind == ReductionKind::kPca ? Project(reduction, from, to)
                                                            : RoundToInt8(in, from, to);
    if (!good) finite = false;
  });
  if (!finite) return Corruption("a feature is not finite and cannot be reduced");
  return reduced;
}

std::vector<float> Expand(const Reduction& reduction, std::span<const float> reduced) {
  assert(reduced.size() == static_cast<size_t>(reduction.out_dim));
  if (reduction.kind == ReductionKind::kInt8) return {reduced.begin(), reduced.end()};
  std::vector<float> feature = reduction.mean;
  for (size_t i = 0; i < reduced.size(); ++i) {
    const float* direction = reduction.directions.data() + i * feature.size();
    for (size_t k = 0; k < feature.size(); ++k) feature[k] += reduced[i] * direction[k];
  }
  return feature;
}

Result<Reduction> FitPca(const FeatureSource& source, int out_dim, std::stop_token stop) {
  const int dim = source.dim();
  if (dim > kMaxDim) {
    return InvalidArgument("features of more than " + std::to_string(kMaxDim) +
                           " dimensions can't be reduced by pca");
  }
  if (out_dim < 1 || out_dim >= dim) {
    return InvalidArgument("features of " + std::to_string(dim) + " dimensions can be reduced to " +
                           "1 to " + std::to_string(dim - 1) + ", not to " +
                           std::to_string(out_dim));
  }
  if (source.rows() <= static_cast<uint64_t>(out_dim)) {
    return InvalidArgument(std::to_string(out_dim) + " dimensions need more than " +
                           std::to_string(out_dim) + " images, not " +
                           std::to_string(source.rows()));
  }
  HL_ASSIGN(Moments moments, ComputeMoments(source, /*with_covariance=*/true, stop));
  Random random(kSeed);
  HL_ASSIGN(const Components components, PrincipalComponents(&moments, out_dim, &random));
  Reduction reduction{ReductionKind::kPca, dim, out_dim, {}, {}};
  reduction.mean.assign(moments.mean.begin(), moments.mean.end());
  const double* const first = components.basis.data();
  reduction.directions.assign(first, first + components.basis.size());
  return reduction;
}

Reduction Int8Reduction(int dim) { return {ReductionKind::kInt8, dim, dim, {}, {}}; }

// w . f + b with f = mean + directions^T y, which leaves out what the directions do not reach, is
// (directions w) . y + (w . mean + b).
HashHead ReduceHead(const HashHead& head, const Reduction& reduction) {
  assert(head.dim == reduction.in_dim);
  if (reduction.kind == ReductionKind::kInt8) return head;
  const auto dim = static_cast<size_t>(reduction.in_dim);
  const auto dot = [&](const float* a, const float* b) {
    double sum = 0;
    for (size_t i = 0; i < dim; ++i) sum += double{a[i]} * b[i];
    return sum;
  };
  HashHead reduced = head;
  reduced.dim = reduction.out_dim;
  reduced.mean.clear();
  reduced.weights.clear();
  std::vector<float> shift(dim);
  for (size_t i = 0; i < dim; ++i) shift[i] = head.mean[i] - reduction.mean[i];
  const auto direction = [&](int d) { return &reduction.directions[static_cast<size_t>(d) * dim]; };
  for (int d = 0; d < reduction.out_dim; ++d)
    reduced.mean.push_back(static_cast<float>(dot(direction(d), shift.data())));
  for (size_t bit = 0; bit < head.bias.size(); ++bit) {
    const float* const weights = &head.weights[bit * dim];
    for (int d = 0; d < reduction.out_dim; ++d)
      reduced.weights.push_back(static_cast<float>(dot(direction(d), weights)));
    reduced.bias[bit] =
        static_cast<float>(double{head.bias[bit]} + dot(weights, reduction.mean.data()));
  }
  return reduced;
}

}  // namespace hashlens
