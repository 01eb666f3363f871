// Fitting hash heads to features, without labels. Always the same result for the same features and
// seed, to the bit, whatever the CPU, the number of threads and the source's blocks.
#ifndef HASHLENS_HASH_FIT_H_
#define HASHLENS_HASH_FIT_H_

#include <cstdint>
#include <functional>
#include <span>
#include <stop_token>
#include <string>

#include "hash/hash_head.h"
#include "hashlens/status.h"

namespace hashlens {

// Features that can be gone through more than once, in blocks, so that they need not fit in memory.
class FeatureSource {
 public:
  virtual ~FeatureSource() = default;
  virtual int dim() const = 0;
  virtual uint64_t rows() const = 0;
  // Calls `use` with consecutive blocks (count x dim floats, unit-length rows), always in the same
  // order and the same blocks, until all rows are done or `use` or reading fails.
  virtual Status ForEachBlock(
      const std::function<Status(std::span<const float> rows)>& use) const = 0;
};

enum class FitMethod { kItq, kIsoHash, kPca, kLsh };
// "itq", "isohash", "pca", "lsh"; kInvalidArgument lists them.
Result<FitMethod> ParseFitMethod(std::string_view name);

struct HeadFitOptions {
  FitMethod method = FitMethod::kItq;
  int bits = 128;
  uint64_t seed = 1;
  int iterations = 50;  // of ITQ and IsoHash
};

// ITQ: Gong and Lazebnik 2011, "Iterative Quantization"; IsoHash: Kong and Li 2012, "Isotropic
// Hashing" (lift and projection); PCA signs; LSH: Charikar 2002, random hyperplanes through the
// mean. Memory: O(dim^2 + rows * bits). Two passes over the source. kInvalidArgument when bits is
// out of range or over dim (all but lsh), or when rows are too few (all but lsh need more rows than
// bits), saying how many are needed, or when a value is not finite or over 1e6, saying in which
// row. kCancelled when stopped. Where features vary in fewer directions than bits (copies of a few
// pictures, even of one), random orthonormal directions stand in for those that are missing. Uses
// all CPUs that the process may use.
Result<HashHead> FitHead(const FeatureSource& source, const HeadFitOptions& options,
                         std::stop_token stop = {});

// A head for pictures not seen yet: PCA and ITQ of the directions (count x dim) that a classifier
// learned, with thresholds at `mean` (dim), an estimate of the mean unit-length feature. method is
// "itq-classifier".
Result<HashHead> HeadFromDirections(std::span<const float> directions, std::span<const float> mean,
                                    int bits, uint64_t seed);

}  // namespace hashlens

#endif  // HASHLENS_HASH_FIT_H_
