// A picture, wherever it is, to its feature: what indexing and encoding have in common.
#ifndef HASHLENS_LIBRARY_PICTURE_FEATURE_H_
#define HASHLENS_LIBRARY_PICTURE_FEATURE_H_

#include <cstddef>
#include <cstdint>
#include <optional>

#include "base/file.h"
#include "hashlens/types.h"
#include "library/feature_maker.h"

namespace hashlens {

// Threads that make features when `jobs` cores are to be busy. One more than cores: the network
// runs on threads of its own, and while a worker waits for it another one decodes.
inline constexpr int IngestWorkers(int jobs) { return jobs + 1; }
// Pictures that may be on their way at once.
inline constexpr size_t PicturesInFlight(int jobs) {
  return size_t{16} * static_cast<size_t>(jobs);
}
// Bytes of pictures that come from no file, and of what is made of pictures, that may be on their
// way at once. One picture may have more.
inline constexpr uint64_t kMaxBytesInFlight = uint64_t{256} << 20;

// What a picture keeps in memory while it is on its way: what is given of it, and `made` bytes of
// what is made of it.
uint64_t BytesInFlight(const std::optional<GivenPicture>& given, uint64_t made);

// What reading a picture tells beside its feature.
struct ReadingFacts {
  FileStamp stamp;
  bool fatal = false;   // the network failed, not the picture
  bool picture = true;  // false: by content and by name no picture
};

// Messages do not name the file. named: a person named this very file, so that it counts as a
// picture whether it looks like one or not.
Result<MadeFeature> FeatureOfFile(const FeatureMaker& maker, const Path& path, bool named,
                                  ReadingFacts* facts);

// The same up to what the network sees (FeatureMaker::MakeInput): no network is needed. A given
// feature is no picture: kInvalidArgument.
Result<Image> ImageOfFile(const FeatureMaker& maker, const Path& path, bool named,
                          ReadingFacts* facts);
Result<Image> ImageOfGiven(const FeatureMaker& maker, const GivenPicture& given,
                           ReadingFacts* facts);

// The stamp stays as it is.
Result<MadeFeature> FeatureOfGiven(const FeatureMaker& maker, const GivenPicture& given,
                                   ReadingFacts* facts);

}  // namespace hashlens

#endif  // HASHLENS_LIBRARY_PICTURE_FEATURE_H_
