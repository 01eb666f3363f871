// The stored features of a library, block by block, as fitting and coding want them.
#ifndef HASHLENS_LIBRARY_LIVE_FEATURES_H_
#define HASHLENS_LIBRARY_LIVE_FEATURES_H_

#include <memory>
#include <vector>

#include "hash/fit.h"
#include "library/layout.h"
#include "store/catalog.h"
#include "store/feature_file.h"

namespace hashlens {

// `count` stored rows from `first` on, as floats.
Result<std::vector<float>> ReadFeatureRows(const FeatureFile& file, uint64_t first, uint64_t count);

// A sample of the features of the images that are not removed, spread evenly over the library.
class LiveFeatures : public FeatureSource {
 public:
  // sample: at most so many rows. Features as they are stored.
  static Result<std::unique_ptr<LiveFeatures>> Open(const Layout& layout,
                                                    const CatalogSnapshot& state, uint64_t sample);
  int dim() const override { return dim_; }
  uint64_t rows() const override { return rows_; }
  Status ForEachBlock(const std::function<Status(std::span<const float> rows)>& use) const override;

 private:
  struct Segment {
    FeatureFile features;
    std::vector<uint64_t> rows;  // those sampled, ascending
  };
  int dim_ = 0;
  uint64_t rows_ = 0;
  std::vector<Segment> segments_;
};

}  // namespace hashlens

#endif  // HASHLENS_LIBRARY_LIVE_FEATURES_H_
