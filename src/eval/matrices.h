// Features, codes and vectors in memory, row by row.
#ifndef HASHLENS_EVAL_MATRICES_H_
#define HASHLENS_EVAL_MATRICES_H_

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include "base/code.h"
#include "hash/fit.h"
#include "hash/hash_head.h"

namespace hashlens {

// Unit-length features in fp16, as a library stores them.
struct Features {
  size_t dim = 0;
  std::vector<uint16_t> half;  // rows x dim

  size_t rows() const { return dim == 0 ? 0 : half.size() / dim; }
  const uint16_t* Row(size_t row) const { return half.data() + row * dim; }
  // Rows first..first+count-1 as floats.
  std::vector<float> Floats(size_t first, size_t count) const;
};

struct Codes {
  int bits = 0;
  std::vector<uint8_t> bytes;  // rows x CodeBytes(bits)

  size_t rows() const { return bits == 0 ? 0 : bytes.size() / CodeBytes(bits); }
  std::span<const uint8_t> Row(size_t row) const {
    return std::span(bytes).subspan(row * CodeBytes(bits), CodeBytes(bits));
  }
};

// Compared by Euclidean distance as they are.
struct Vectors {
  size_t dim = 0;
  std::vector<float> values;  // rows x dim

  size_t rows() const { return dim == 0 ? 0 : values.size() / dim; }
  const float* Row(size_t row) const { return values.data() + row * dim; }
};

// The codes that a head gives.
Codes CodesOf(const HashHead& head, const Features& features, int threads);

// The mean row. At least one row.
std::vector<float> MeanOf(const Features& features);

// normalised(row - mean): the form in which features are compared (index/rerank.h).
Vectors Centred(const Features& features, std::span<const float> mean, int threads);

// Rows for FitHead. The features must outlive it.
class FeatureRows final : public FeatureSource {
 public:
  explicit FeatureRows(const Features& features) : features_(features) {}
  int dim() const override { return static_cast<int>(features_.dim); }
  uint64_t rows() const override { return features_.rows(); }
  Status ForEachBlock(const std::function<Status(std::span<const float> rows)>& use) const override;

 private:
  const Features& features_;
};

}  // namespace hashlens

#endif  // HASHLENS_EVAL_MATRICES_H_
