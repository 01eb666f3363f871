// Features with known structure, for tests.
#ifndef HASHLENS_HASH_TEST_FEATURES_H_
#define HASHLENS_HASH_TEST_FEATURES_H_

#include <algorithm>
#include <cmath>
#include <vector>

#include "base/random.h"
#include "hash/fit.h"

namespace hashlens {

// Rows in memory, handed out in blocks of a chosen size.
class VectorSource final : public FeatureSource {
 public:
  VectorSource(std::vector<float> values, int dim, size_t block_rows = 100)
      : values_(std::move(values)), dim_(dim), block_rows_(block_rows) {}
  int dim() const override { return dim_; }
  uint64_t rows() const override { return values_.size() / static_cast<size_t>(dim_); }
  Status ForEachBlock(
      const std::function<Status(std::span<const float> rows)>& use) const override {
    const size_t block = block_rows_ * static_cast<size_t>(dim_);
    for (size_t i = 0; i < values_.size(); i += block) {
      Status status = use(std::span(values_).subspan(i, std::min(block, values_.size() - i)));
      if (!status.ok()) return status;
    }
    return {};
  }
  const std::vector<float>& values() const { return values_; }
  std::vector<float>& values() { return values_; }

 private:
  std::vector<float> values_;
  int dim_;
  size_t block_rows_;
};

// Row r belongs to cluster r % clusters. Unit-length, all near one common direction, as network
// features are; the spread falls from dimension to dimension.
inline std::vector<float> ClusteredFeatures(size_t rows, int dim, size_t clusters, double spread,
                                            uint64_t seed) {
  Random random(seed);
  const size_t n = static_cast<size_t>(dim);
  std::vector<double> centres(clusters * n);
  for (size_t i = 0; i < centres.size(); ++i) {
    centres[i] = 1 + 2 * random.Normal() / std::sqrt(1 + static_cast<double>(i % n));
  }
  std::vector<float> features(rows * n);
  std::vector<double> row(n);
  for (size_t r = 0; r < rows; ++r) {
    double squares = 0;
    for (size_t i = 0; i < n; ++i) {
      row[i] = centres[r % clusters * n + i] +
               spread * random.Normal() / std::sqrt(1 + static_cast<double>(i));
      squares += row[i] * row[i];
    }
    for (size_t i = 0; i < n; ++i)
      features[r * n + i] = static_cast<float>(row[i] / std::sqrt(squares));
  }
  return features;
}

}  // namespace hashlens

#endif  // HASHLENS_HASH_TEST_FEATURES_H_
