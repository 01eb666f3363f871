#include "library/mean_picture.h"

#include <array>
#include <utility>

#include "base/guard.h"
#include "base/ordered_workers.h"
#include "base/picture_name.h"
#include "base/try.h"
#include "library/feature_maker.h"
#include "library/jobs.h"
#include "library/npy.h"
#include "library/picture_feature.h"
#include "library/stopwatch.h"
#include "model/caffe/mean_blob.h"

namespace hashlens {
namespace {

constexpr size_t kChannels = 3;

// One picture, made square, or why not.
struct SquarePicture {
  Path path;
  Image image;
  ReadingFacts facts;
  Status status;
};

NetworkInput SquareOf(const MeanImageOptions& options) {
  NetworkInput input;
  input.size = options.size;
  input.crop_fraction = 1;
  input.fit = options.stretch ? PictureFit::kStretch : PictureFit::kSquare;
  return input;
}

// Never throws for what a picture is like, or for the memory that it wants.
SquarePicture MakeSquare(const FeatureMaker& maker, PictureInput input) {
  SquarePicture square;
  square.status = GuardExceptions([&]() -> Status {
    HL_ASSIGN(square.image, input.given
                                ? ImageOfGiven(maker, *input.given, &square.facts)
                                : ImageOfFile(maker, input.path, input.named, &square.facts));
    return {};
  });
  square.path = std::move(input.path);
  return square;
}

// Sums of pixel values are whole numbers, and exact for 2^56 pictures.
class Sums {
 public:
  explicit Sums(size_t pixels) : sums_(pixels * kChannels) {}

  void Add(const Image& image) {
    for (size_t i = 0; i < sums_.size(); ++i) sums_[i] += image.rgb[i];
  }

  // Of `pictures` pictures; blue first, channel by channel.
  std::vector<float> Mean(uint64_t pictures, std::array<double, kChannels>* channels) const {
    const size_t pixels = sums_.size() / kChannels;
    std::vector<float> mean(sums_.size());
    for (size_t channel = 0; channel < kChannels; ++channel) {
      double all = 0;
      for (size_t i = 0; i < pixels; ++i) {
        const auto sum = static_cast<double>(sums_[i * kChannels + (kChannels - 1 - channel)]);
        mean[channel * pixels + i] = static_cast<float>(sum / static_cast<double>(pictures));
        all += sum;
      }
      (*channels)[channel] = all / (static_cast<double>(pictures) * static_cast<double>(pixels));
    }
    return mean;
  }

 private:
  std::vector<uint64_t> sums_;  // of each pixel, red first, channels side by side
};

}  // namespace

Result<MeanPicture> ComputeMeanPicture(const MeanImageOptions& options, const PictureFeed& next,
                                       uint64_t total) {
  const EncodePathsOptions& run = options.pictures;
  const FeatureMaker maker(nullptr, SquareOf(options), options.open.limits);  // only its first half
  const int jobs = JobCount(options.open.jobs);
  OrderedWorkers<PictureInput, SquarePicture> workers(
      IngestWorkers(jobs), PicturesInFlight(jobs),
      [&maker](size_t, PictureInput input) { return MakeSquare(maker, std::move(input)); },
      kMaxBytesInFlight);
  const size_t pixels = static_cast<size_t>(options.size) * static_cast<size_t>(options.size);
  Sums sums(pixels);
  MeanPicture mean;
  MeanImageReport& report = mean.report;
  Stopwatch since_progress;
  for (bool more = true; more || !workers.empty();) {
    while (more && workers.has_room()) {
      if (run.stop.stop_requested()) return Cancelled("stopped; nothing was written");
      HL_ASSIGN(auto input, next());
      more = input.has_value();
      if (!more) break;
      const uint64_t bytes = BytesInFlight(input->given, pixels * kChannels);
      workers.Give(std::move(*input), bytes);
    }
    if (workers.empty()) break;
    const SquarePicture square = workers.Take();
    if (square.facts.fatal) return square.status;
    if (!square.facts.picture) {
      ++report.skipped;
    } else if (square.status.ok()) {
      ++report.pictures;
      sums.Add(square.image);
    } else {
      ++report.failed;
      if (options.failed) options.failed(square.path, square.status.message());
    }
    if (run.progress && (since_progress.Seconds() >= kProgressSeconds || workers.empty())) {
      since_progress.Lap();
      run.progress({"adding up", workers.taken(), total, report.failed, report.skipped});
    }
  }
  if (report.pictures > 0) mean.values = sums.Mean(report.pictures, &report.channels);
  return mean;
}

std::optional<MeanFormat> MeanFormatOf(const Path& file) {
  const std::string ending = LowerEnding(file);
  if (ending == ".binaryproto") return MeanFormat::kBinaryProto;
  if (ending == ".npy") return MeanFormat::kNpy;
  return std::nullopt;
}

std::string MeanFileBytes(MeanFormat format, int size, std::span<const float> values) {
  const auto side = static_cast<uint64_t>(size);
  if (format == MeanFormat::kBinaryProto) return MeanBlob({1, kChannels, side, side}, values);
  const uint64_t shape[] = {kChannels, side, side};
  std::string bytes = NpyHeader("<f4", shape);
  for (const float value : values) PutLittleEndian(&bytes, value);
  return bytes;
}

}  // namespace hashlens
