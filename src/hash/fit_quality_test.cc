// What the fitted codes are worth, on features whose structure is known.
#include <gtest/gtest.h>

#include <algorithm>
#include <bit>
#include <cmath>
#include <numeric>

#include "hash/fit.h"
#include "hash/test_features.h"

namespace hashlens {
namespace {

constexpr size_t kRows = 1500;
constexpr size_t kClusters = 30;
constexpr int kDim = 96;

const VectorSource& Features() {
  static const VectorSource kSource(ClusteredFeatures(kRows, kDim, kClusters, 1.0, 12), kDim);
  return kSource;
}

HashHead Fitted(FitMethod method, int bits, int iterations = 50) {
  return *FitHead(Features(),
                  {.method = method, .bits = bits, .seed = 4, .iterations = iterations});
}

// rows x bits values w . f + b.
std::vector<double> Projected(const HashHead& head) {
  const std::vector<float>& features = Features().values();
  const size_t dim = kDim, bits = static_cast<size_t>(head.bits);
  std::vector<double> values(kRows * bits);
  for (size_t r = 0; r < kRows; ++r) {
    for (size_t b = 0; b < bits; ++b) {
      double sum = static_cast<double>(head.bias[b]);
      for (size_t i = 0; i < dim; ++i) {
        sum += static_cast<double>(head.weights[b * dim + i]) *
               static_cast<double>(features[r * dim + i]);
      }
      values[r * bits + b] = sum;
    }
  }
  return values;
}

// |sign(V R) - V R|^2 (Gong and Lazebnik's equation 2).
double QuantizationError(const HashHead& head) {
  double error = 0;
  for (const double value : Projected(head)) {
    const double part = (value >= 0 ? 1 : -1) - value;
    error += part * part;
  }
  return error;
}

// Mean over queries of the part of the 20 nearest codes (ties by row) that are of the query's
// cluster.
double PrecisionAt20(const HashHead& head) {
  const size_t bytes = CodeBytes(head.bits);
  std::vector<uint8_t> codes(kRows * bytes);
  ApplyHead(head, Features().values(), codes);
  double hits = 0;
  size_t queries = 0;
  for (size_t q = 0; q < kRows; q += 5, ++queries) {
    std::vector<std::pair<int, size_t>> order;
    for (size_t r = 0; r < kRows; ++r) {
      if (r == q) continue;
      int distance = 0;
      for (size_t i = 0; i < bytes; ++i) {
        distance +=
            std::popcount(static_cast<unsigned>(codes[q * bytes + i] ^ codes[r * bytes + i]));
      }
      order.emplace_back(distance, r);
    }
    std::partial_sort(order.begin(), order.begin() + 20, order.end());
    for (size_t i = 0; i < 20; ++i) hits += order[i].second % kClusters == q % kClusters ? 1 : 0;
  }
  return hits / (20 * static_cast<double>(queries));
}

TEST(FitQuality, ItqsQuantizationErrorFallsWithIterationsAndBelowPcas) {
  const double pca = QuantizationError(Fitted(FitMethod::kPca, 32));
  double last = QuantizationError(Fitted(FitMethod::kItq, 32, 0));
  for (const int iterations : {1, 2, 5, 15, 50}) {
    const double error = QuantizationError(Fitted(FitMethod::kItq, 32, iterations));
    EXPECT_LT(error, last) << iterations;
    last = error;
  }
  EXPECT_LT(last, pca);
}

TEST(FitQuality, IsoHashsBitsHaveEqualVarianceAndPcasDoNot) {
  const auto spread = [](const HashHead& head) {
    const std::vector<double> values = Projected(head);
    std::vector<double> variance(static_cast<size_t>(head.bits));
    for (size_t i = 0; i < values.size(); ++i)
      variance[i % variance.size()] += values[i] * values[i];
    return *std::max_element(variance.begin(), variance.end()) /
           *std::min_element(variance.begin(), variance.end());
  };
  EXPECT_LT(spread(Fitted(FitMethod::kIsoHash, 32)), 1.02);
  EXPECT_GT(spread(Fitted(FitMethod::kPca, 32)), 2.0);
}

TEST(FitQuality, BitsAreBalanced) {
  // Thresholds are at the mean, so about half of the images have each bit.
  for (const FitMethod method :
       {FitMethod::kItq, FitMethod::kIsoHash, FitMethod::kPca, FitMethod::kLsh}) {
    const HashHead head = Fitted(method, 32);
    const std::vector<double> values = Projected(head);
    const double sum = std::accumulate(values.begin(), values.end(), 0.0);
    EXPECT_NEAR(sum / static_cast<double>(values.size()), 0, 1e-6) << head.method;
    std::vector<double> ones(static_cast<size_t>(head.bits));
    for (size_t i = 0; i < values.size(); ++i)
      ones[i % ones.size()] += values[i] >= 0 ? 1.0 / kRows : 0;
    for (const double part : ones) {
      EXPECT_GT(part, 0.1) << head.method;
      EXPECT_LT(part, 0.9) << head.method;
    }
  }
}

TEST(FitQuality, LearnedCodesRetrieveBetterThanRandomHyperplanes) {
  for (const int bits : {16, 32}) {
    const double itq = PrecisionAt20(Fitted(FitMethod::kItq, bits));
    const double lsh = PrecisionAt20(Fitted(FitMethod::kLsh, bits));
    const double isohash = PrecisionAt20(Fitted(FitMethod::kIsoHash, bits));
    RecordProperty("itq" + std::to_string(bits), std::to_string(itq));
    RecordProperty("isohash" + std::to_string(bits), std::to_string(isohash));
    RecordProperty("lsh" + std::to_string(bits), std::to_string(lsh));
    EXPECT_GT(itq, lsh + 0.05) << bits;
    EXPECT_GT(isohash, lsh) << bits;
  }
}

}  // namespace
}  // namespace hashlens
