#include "hash/itq.h"

#include <algorithm>
#include <limits>
#include <memory>
#include <new>

#include "base/parallel.h"
#include "base/try.h"
#include "hash/orthogonal.h"
#include "hash/procrustes.h"
#include "hash/products.h"
#include "hash/row_blocks.h"

namespace hashlens {
namespace {

constexpr size_t kPartRows = 256;  // of the projection, for one job
constexpr size_t kLanes = 16;

// rows x bits floats, row by row: the features less their mean, on the basis.
struct Projection {
  std::unique_ptr<float[]> values;
  size_t rows = 0;
  size_t bits = 0;
};

Result<Projection> Project(const FeatureSource& source, const std::vector<double>& mean,
                           const RowMatrix& basis, std::stop_token stop) {
  const size_t dim = static_cast<size_t>(source.dim());
  const size_t bits = static_cast<size_t>(basis.rows());
  const uint64_t rows = source.rows();
  Projection projection{nullptr, static_cast<size_t>(rows), bits};
  if (rows <= std::numeric_limits<size_t>::max() / sizeof(float) / bits) {
    projection.values.reset(new (std::nothrow) float[projection.rows * bits]);
  }
  if (projection.values == nullptr) {
    return IoError("no memory to fit " + std::to_string(bits) + " bits to " + std::to_string(rows) +
                   " features");
  }
  const RowMatrixF directions = basis.transpose().cast<float>();  // dim x bits
  const Eigen::RowVectorXf centre =
      Eigen::Map<const Eigen::RowVectorXd>(mean.data(), source.dim()).cast<float>();
  RowMatrixF centred;
  float* out = projection.values.get();
  HL_TRY(ForEachRowBlock(source, stop, [&](std::span<const float> values) -> Status {
    const size_t count = values.size() / dim;
    centred =
        Eigen::Map<const RowMatrixF>(values.data(), static_cast<Eigen::Index>(count), source.dim())
            .rowwise() -
        centre;
    ParallelFor((count + kPartRows - 1) / kPartRows, [&](size_t part) {
      const size_t first = part * kPartRows;
      Product({centred.data() + first * dim, dim, 1}, directions.data(), bits,
              std::min(kPartRows, count - first), bits, dim, out + first * bits, bits);
    });
    out += count * bits;
    return {};
  }));
  return projection;
}

// V^T sign(V R) for the projection V and the rotation R. The rows go into kLanes sums part by part
// in turn, and the sums are added in order, so that the result does not depend on the number of
// threads.
RowMatrix CorrelationWithCodes(const Projection& projection, const RowMatrix& rotation) {
  const size_t bits = projection.bits;
  const Eigen::Index size = rotation.rows();
  const RowMatrixF rotation_float = rotation.cast<float>();
  std::vector<RowMatrix> sums(kLanes, RowMatrix::Zero(size, size));
  ParallelFor(kLanes, [&](size_t lane) {
    RowMatrixF part_sum(size, size);
    std::vector<float> codes(kPartRows * bits);
    for (size_t first = lane * kPartRows; first < projection.rows; first += kLanes * kPartRows) {
      const float* part = projection.values.get() + first * bits;
      const size_t count = std::min(kPartRows, projection.rows - first);
      Product({part, bits, 1}, rotation_float.data(), bits, count, bits, bits, codes.data(), bits);
      for (float& code : codes) code = code >= 0 ? 1.0f : -1.0f;
      Product({part, 1, bits}, codes.data(), bits, bits, bits, count, part_sum.data(), bits);
      sums[lane] += part_sum.cast<double>();
    }
  });
  RowMatrix sum = RowMatrix::Zero(size, size);
  for (const RowMatrix& part : sums) sum += part;
  return sum;
}

}  // namespace

Result<RowMatrix> ItqWeights(const FeatureSource& source, const std::vector<double>& mean,
                             const Components& components, int iterations, Random* random,
                             std::stop_token stop) {
  HL_ASSIGN(const Projection projection, Project(source, mean, components.basis, stop));
  RowMatrix rotation = RandomOrthogonal(components.basis.rows(), random);
  for (int i = 0; i < iterations; ++i) {
    if (stop.stop_requested()) return FitCancelled();
    // The rotation nearest to given codes is an orthogonal Procrustes problem (their equation 3).
    rotation = NearestRotation(CorrelationWithCodes(projection, rotation));
  }
  return RowMatrix(rotation.transpose() * components.basis);
}

}  // namespace hashlens
