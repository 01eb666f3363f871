#include <algorithm>
#include <climits>

#include "base/random.h"
#include "base/try.h"
#include "hash/fit.h"
#include "hash/fit_internal.h"
#include "hash/itq.h"
#include "hash/moments.h"
#include "hash/pca.h"
#include "hash/row_blocks.h"

namespace hashlens {
namespace {

constexpr int kIterations = 50;  // as Gong and Lazebnik use

// The view must outlive the source.
class MemorySource final : public FeatureSource {
 public:
  MemorySource(std::span<const float> rows, int dim) : rows_(rows), dim_(dim) {}
  int dim() const override { return dim_; }
  uint64_t rows() const override { return rows_.size() / static_cast<size_t>(dim_); }
  Status ForEachBlock(
      const std::function<Status(std::span<const float> rows)>& use) const override {
    return use(rows_);
  }

 private:
  std::span<const float> rows_;
  int dim_;
};

}  // namespace

Result<HashHead> HeadFromDirections(std::span<const float> directions, std::span<const float> mean,
                                    int bits, uint64_t seed) {
  const size_t dim = mean.size();
  HL_TRY(CheckHeadOptions(bits, static_cast<int>(std::min<size_t>(dim, INT_MAX)), kIterations));
  if (directions.size() % dim != 0)
    return InvalidArgument("directions and mean differ in dimensions");
  const size_t most = std::min(directions.size() / dim, dim);
  if (static_cast<size_t>(bits) > most) {
    return InvalidArgument("these directions make at most " + std::to_string(most) + " bits, not " +
                           std::to_string(bits));
  }
  if (!AllUsable(directions) || !AllUsable(mean)) {
    return InvalidArgument(
        "the directions or their mean hold values that are not finite or far too large");
  }
  const MemorySource source(directions, static_cast<int>(dim));
  HL_ASSIGN(Moments moments, ComputeMoments(source, true, {}));
  Random random(seed);
  HL_ASSIGN(const Components components, PrincipalComponents(&moments, bits, &random));
  HL_ASSIGN(const RowMatrix weights,
            ItqWeights(source, moments.mean, components, kIterations, &random, {}));
  return CentredHead("itq-classifier", seed, weights, mean);
}

}  // namespace hashlens
