#include "eval/descriptors/descriptor_pass.h"

#include <algorithm>
#include <cmath>
#include <opencv2/core.hpp>

#include "base/file.h"
#include "base/guard.h"
#include "base/try.h"
#include "eval/descriptors/colour_histogram.h"
#include "eval/descriptors/gist.h"
#include "eval/descriptors/sift_words.h"
#include "image/decode.h"
#include "library/decode_limits.h"
#include "library/stopwatch.h"

namespace hashlens {
namespace {

constexpr size_t kWords = 500;
constexpr size_t kVocabularyPictures = 400;
constexpr size_t kVocabularyStep = 4;  // every so many of a picture's SIFT descriptors
constexpr int kShortSide = 128;        // large pictures are decoded to no less

// OpenCV's own threads are off for the length of a scope: the pass has its own.
class OpenCvAlone {
 public:
  OpenCvAlone() : before_(cv::getNumThreads()) { cv::setNumThreads(1); }
  ~OpenCvAlone() { cv::setNumThreads(before_); }
  OpenCvAlone(const OpenCvAlone&) = delete;
  OpenCvAlone& operator=(const OpenCvAlone&) = delete;

 private:
  int before_;
};

Result<Image> ReadImage(const LabelledPicture& picture, const Limits& limits) {
  HL_ASSIGN(const std::vector<std::byte> bytes, ReadPicture(picture, limits.max_bytes));
  DecodeOptions options = LimitsOf(limits);
  options.min_short_side = kShortSide;
  HL_ASSIGN(DecodedImage decoded, DecodeImage(bytes, options));
  return std::move(decoded.image);
}

// Calls use(i, image) for pictures 0..count-1.
Status ForPictures(const PictureInput& input, const FeatureSet& side, size_t count,
                   std::string_view stage,
                   const std::function<void(size_t i, const Image& image)>& use) {
  const OpenCvAlone alone;
  const auto work = [&](size_t i) {
    return GuardExceptions([&]() -> Status {
      const LabelledPicture& picture = side.pictures[i];
      const auto image = ReadImage(picture, input.limits);
      if (!image.ok())
        return Status(image.status().code(),
                      Printable(picture.path) + ": " + image.status().message());
      use(i, *image);
      return {};
    });
  };
  return PassOver(count, input.pass.jobs, stage, input.pass, work, [] { return uint64_t{0}; });
}

void PutRoots(std::vector<float> shares, size_t row, Vectors* vectors) {
  for (float& share : shares) share = std::sqrt(share);
  std::copy(shares.begin(), shares.end(),
            vectors->values.begin() + static_cast<ptrdiff_t>(row * vectors->dim));
}

}  // namespace

Result<Vectors> MakeVocabulary(const PictureInput& input, uint64_t seed) {
  const size_t pictures = std::min(kVocabularyPictures, input.database.pictures.size());
  std::vector<Vectors> parts(pictures);
  HL_TRY(ForPictures(input, input.database, pictures, "SIFT for a vocabulary",
                     [&](size_t i, const Image& image) { parts[i] = GridSift(image); }));
  Vectors sample{parts[0].dim, {}};
  for (size_t i = 0; i < parts.size(); ++i) {
    for (size_t row = i % kVocabularyStep; row < parts[i].rows(); row += kVocabularyStep)
      sample.values.insert(sample.values.end(), parts[i].Row(row), parts[i].Row(row) + sample.dim);
  }
  return SiftVocabulary(sample, kWords, seed);
}

Result<Descriptors> Describe(const PictureInput& input, const FeatureSet& side,
                             const Vectors& vocabulary, std::string_view stage) {
  const size_t count = side.pictures.size();
  const auto empty = [&](size_t dim) { return Vectors{dim, std::vector<float>(count * dim)}; };
  Descriptors made{empty(kColourBins), empty(Gist::kDim), empty(vocabulary.rows()), {}};
  std::vector<std::array<double, 3>> times(count);
  const Gist gist;
  HL_TRY(ForPictures(input, side, count, stage, [&](size_t i, const Image& image) {
    Stopwatch watch;
    PutRoots(ColourHistogram(image), i, &made.colours);
    times[i][0] = watch.Lap();
    const std::vector<float> numbers = gist.Describe(image);
    std::copy(numbers.begin(), numbers.end(),
              made.gist.values.begin() + static_cast<ptrdiff_t>(i * Gist::kDim));
    times[i][1] = watch.Lap();
    PutRoots(WordShares(vocabulary, GridSift(image)), i, &made.words);
    times[i][2] = watch.Lap();
  }));
  for (const auto& time : times) {
    for (size_t j = 0; j < time.size(); ++j)
      made.milliseconds[j] += time[j] * 1e3 / static_cast<double>(count);
  }
  return made;
}

}  // namespace hashlens
