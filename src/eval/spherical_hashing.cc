// Spherical hashing: Heo, Lee, He, Chang and Yoon, "Spherical Hashing", CVPR 2012.
#include <algorithm>
#include <bit>
#include <cmath>
#include <numeric>

#include "base/random.h"
#include "base/try.h"
#include "eval/baselines.h"
#include "eval/picture_pass.h"

namespace hashlens {
namespace {

constexpr size_t kSampleRows = 5'000;
constexpr int kIterations = 40;
constexpr size_t kRowsOfACentre = 8;  // averaged for a first centre
// The paper's limits for the share of overlap: mean and deviation, of a quarter of the rows.
constexpr double kMeanOverlap = 0.1;
constexpr double kOverlapDeviation = 0.15;

using Distances = std::vector<float>;  // bits x rows, squared

float SquaredDistance(const float* a, const float* b, size_t dim) {
  float sum = 0;
  for (size_t i = 0; i < dim; ++i) sum += (a[i] - b[i]) * (a[i] - b[i]);
  return sum;
}

Distances SquaredDistances(const Vectors& centres, const Vectors& rows) {
  Distances out(centres.rows() * rows.rows());
  for (size_t b = 0; b < centres.rows(); ++b) {
    for (size_t r = 0; r < rows.rows(); ++r) {
      out[b * rows.rows() + r] = SquaredDistance(centres.Row(b), rows.Row(r), rows.dim);
    }
  }
  return out;
}

std::vector<float> MedianSquares(const Distances& distances, size_t rows) {
  std::vector<float> medians;
  for (size_t first = 0; first < distances.size(); first += rows) {
    std::vector<float> own(distances.begin() + static_cast<ptrdiff_t>(first),
                           distances.begin() + static_cast<ptrdiff_t>(first + rows));
    const auto middle = own.begin() + static_cast<ptrdiff_t>(rows / 2);
    std::nth_element(own.begin(), middle, own.end());
    medians.push_back(*middle);
  }
  return medians;
}

// Moves the centres apart where their spheres share too many rows, together where too few; false
// when the overlaps are as they should be.
bool MoveCentres(const Distances& distances, size_t rows, Spheres* spheres) {
  const size_t bits = spheres->squares.size();
  const size_t dim = spheres->centres.dim;
  std::vector<float> forces(bits * dim);
  const double quarter = static_cast<double>(rows) / 4;
  double off = 0, sum = 0, squares = 0;
  for (size_t a = 0; a < bits; ++a) {
    for (size_t b = 0; b < a; ++b) {
      size_t shared = 0;
      for (size_t r = 0; r < rows; ++r) {
        shared += distances[a * rows + r] <= spheres->squares[a] &&
                          distances[b * rows + r] <= spheres->squares[b]
                      ? 1
                      : 0;
      }
      const double excess = (static_cast<double>(shared) - quarter) / quarter;
      off += std::abs(excess);
      sum += excess;
      squares += excess * excess;
      for (size_t i = 0; i < dim; ++i) {
        const auto push = static_cast<float>(
            excess / 2 * (spheres->centres.Row(a)[i] - spheres->centres.Row(b)[i]));
        forces[a * dim + i] += push;
        forces[b * dim + i] -= push;
      }
    }
  }
  const double pairs = std::max(1.0, static_cast<double>(bits * (bits - 1)) / 2);
  const double mean = sum / pairs;
  const double deviation = std::sqrt(std::max(0.0, squares / pairs - mean * mean));
  if (off / pairs <= kMeanOverlap && deviation <= kOverlapDeviation) return false;
  for (size_t i = 0; i < forces.size(); ++i)
    spheres->centres.values[i] += forces[i] / static_cast<float>(bits);
  return true;
}

double SphericalDistance(std::span<const uint8_t> a, std::span<const uint8_t> b) {
  int different = 0, common = 0;
  for (size_t i = 0; i < a.size(); ++i) {
    different += std::popcount(static_cast<uint8_t>(a[i] ^ b[i]));
    common += std::popcount(static_cast<uint8_t>(a[i] & b[i]));
  }
  return static_cast<double>(different) / std::max(common, 1);
}

std::vector<uint32_t> Nearest(const Codes& database, std::span<const uint8_t> query, size_t count) {
  std::vector<double> distances;
  for (size_t row = 0; row < database.rows(); ++row)
    distances.push_back(SphericalDistance(database.Row(row), query));
  std::vector<uint32_t> order(database.rows());
  std::iota(order.begin(), order.end(), 0u);
  const size_t kept = std::min(count, order.size());
  std::partial_sort(order.begin(), order.begin() + static_cast<ptrdiff_t>(kept), order.end(),
                    [&](uint32_t a, uint32_t b) {
                      return distances[a] != distances[b] ? distances[a] < distances[b] : a < b;
                    });
  order.resize(kept);
  return order;
}

}  // namespace

Spheres FitSpheres(const Vectors& rows, int bits, uint64_t seed) {
  Random random(seed);
  Vectors sample{rows.dim, {}};
  const size_t count = std::min(kSampleRows, rows.rows());
  for (size_t i = 0; i < count; ++i) {  // rows come in a random order
    sample.values.insert(sample.values.end(), rows.Row(i), rows.Row(i) + rows.dim);
  }
  Spheres spheres{{rows.dim, std::vector<float>(static_cast<size_t>(bits) * rows.dim)}, {}};
  for (size_t b = 0; b < static_cast<size_t>(bits); ++b) {
    for (size_t i = 0; i < kRowsOfACentre; ++i) {
      const auto row = static_cast<size_t>(random.Uniform() * static_cast<double>(count));
      for (size_t d = 0; d < rows.dim; ++d)
        spheres.centres.values[b * rows.dim + d] += sample.Row(row)[d] / kRowsOfACentre;
    }
  }
  for (int i = 0; i < kIterations; ++i) {
    const Distances distances = SquaredDistances(spheres.centres, sample);
    spheres.squares = MedianSquares(distances, count);
    if (!MoveCentres(distances, count, &spheres)) break;
  }
  spheres.squares = MedianSquares(SquaredDistances(spheres.centres, sample), count);
  return spheres;
}

Codes CodesOf(const Spheres& spheres, const Vectors& rows, int threads) {
  const size_t bits = spheres.squares.size();
  Codes codes{static_cast<int>(bits), {}};
  const size_t bytes = CodeBytes(codes.bits);
  codes.bytes.resize(rows.rows() * bytes);
  const auto code_row = [&](size_t row) {
    for (size_t b = 0; b < bits; ++b) {
      if (SquaredDistance(spheres.centres.Row(b), rows.Row(row), rows.dim) <= spheres.squares[b])
        codes.bytes[row * bytes + b / 8] |= static_cast<uint8_t>(1u << (b % 8));
    }
    return Status();
  };
  // Only a failure of code_row could end it.
  (void)PassOver(rows.rows(), threads, "codes by spheres", {threads, {}, {}, {}}, code_row,
                 [] { return uint64_t{0}; });
  return codes;
}

Status AddSphericalHashing(const BaselineInput& input, EvalReport* report) {
  const std::vector<float> mean = MeanOf(input.database);
  const Vectors database = Centred(input.database, mean, input.core.threads);
  const Vectors queries = Centred(input.queries, mean, input.core.threads);
  const Spheres spheres = FitSpheres(database, input.bits, input.seed);
  const Codes codes = CodesOf(spheres, database, input.core.threads);
  const Codes wanted = CodesOf(spheres, queries, input.core.threads);
  std::vector<std::vector<uint32_t>> answers(queries.rows());
  HL_TRY(InChunks(queries.rows(), 100, "ranking by spherical codes", input.core,
                  [&](size_t first, size_t count) {
                    for (size_t q = first; q < first + count; ++q)
                      answers[q] = Nearest(codes, wanted.Row(q), input.core.k + 1);
                  }));
  HL_ASSIGN(EvalMethod method, JudgeLists(input.relevance, answers, input.core));
  method.name = "spherical hashing";
  method.about = "hyperspheres and their own distance (Heo et al. 2012)";
  method.baseline = true;
  method.bits = input.bits;
  method.bytes_per_image = static_cast<double>(CodeBytes(input.bits));
  method.search_ms = MedianMilliseconds(
      queries.rows(), [&](size_t q) { Nearest(codes, wanted.Row(q), input.core.k); });
  report->methods.push_back(std::move(method));
  return {};
}

}  // namespace hashlens
