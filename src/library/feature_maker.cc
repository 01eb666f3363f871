#include "library/feature_maker.h"

#include <cmath>

#include "base/guard.h"
#include "base/half.h"
#include "base/try.h"
#include "image/preprocess.h"
#include "library/decode_limits.h"
#include "library/query_region.h"
#include "library/stopwatch.h"

namespace hashlens {
namespace {

constexpr double kUnitTolerance = 1e-3;
constexpr double kFarFromUnit = 2;  // powers of two

double LengthOf(std::span<const float> feature) {
  double squares = 0;
  for (const float value : feature) squares += double{value} * value;
  return std::sqrt(squares);
}

}  // namespace

bool NormaliseAndRound(std::span<float> feature) {
  double squares = 0;
  for (float value : feature) squares += double{value} * value;
  if (!std::isfinite(squares)) return false;
  const double scale = squares > 0 ? 1 / std::sqrt(squares) : 0;
  for (float& value : feature)
    value = FloatFromHalf(HalfFromFloat(static_cast<float>(value * scale)));
  return true;
}

Status FinishFeature(const Reduction* reduction, std::vector<float>* feature) {
  if (!NormaliseAndRound(*feature)) return Corruption("the feature is not finite");
  if (reduction != nullptr) {
    HL_ASSIGN(*feature, Reduce(*reduction, *feature));
  }
  return {};
}

FeatureMaker::FeatureMaker(std::shared_ptr<Encoder> encoder, const NetworkInput& input,
                           const Limits& limits, std::shared_ptr<const Reduction> reduction)
    : encoder_(std::move(encoder)),
      input_(input),
      limits_(limits),
      reduction_(std::move(reduction)) {}

Result<Image> FeatureMaker::MakeInput(const Path& file, MadeFeature* about,
                                      const Region* region) const {
  const Stopwatch watch;
  const auto bytes = ReadFile(file, limits_.max_bytes, &about->stamp);
  if (!bytes.ok()) return Status(bytes.status().code(), ReasonWithoutPath(bytes.status(), file));
  const double read_seconds = watch.Seconds();
  HL_ASSIGN(Image input, MakeInput(ByteSpan(*bytes), about, region));
  about->decode_seconds += read_seconds;
  return input;
}

Result<Image> FeatureMaker::MakeInput(ByteSpan bytes, MadeFeature* about,
                                      const Region* region) const {
  const Stopwatch watch;
  if (bytes.size() > limits_.max_bytes)
    return InvalidArgument("over the limit of " + std::to_string(limits_.max_bytes) + " bytes");
  DecodeOptions options = LimitsOf(limits_);
  options.min_short_side = ShortSideFor(input_.size, input_.crop_fraction);
  if (region != nullptr) {
    HL_TRY(CheckRegion(*region));
    options.min_short_side = ShortSideOfWhole(*region, options.min_short_side);
  }
  auto result = DecodeImage(bytes, options);
  about->no_decoder = IsNoDecoder(result.status());
  HL_ASSIGN(DecodedImage decoded, std::move(result));
  about->width = decoded.original_width;
  about->height = decoded.original_height;
  about->format = decoded.format;
  about->damage = std::move(decoded.damage);
  if (region != nullptr) decoded.image = CropTo(decoded.image, *region);
  Image input = CropToSquare(decoded.image, input_.size, input_.crop_fraction, input_.fit);
  about->decode_seconds = watch.Seconds();
  return input;
}

Status FeatureMaker::RunNetwork(const Image& input, MadeFeature* made) const {
  const Stopwatch watch;
  made->values.resize(static_cast<size_t>(encoder_->dim()));
  HL_TRY(encoder_->Encode(input.rgb, made->values));
  made->network_seconds = watch.Seconds();
  return {};
}

Status FeatureMaker::Finish(MadeFeature* made) const {
  made->length = LengthOf(made->values);
  if (finish_) return FinishFeature(reduction_.get(), &made->values);
  return std::isfinite(made->length) ? Status() : Corruption("the feature is not finite");
}

Status FeatureMaker::AddConstant(std::vector<float>* feature) const {
  // The network's own features have about this length (model/caffe/import.h).
  const double usual = 16.0 * encoder_->constant();
  const double length = LengthOf(*feature);
  if (std::abs(length - 1) < kUnitTolerance && std::abs(std::log2(usual)) > kFarFromUnit) {
    return InvalidArgument(
        "the feature was scaled to unit length; this model's codes have a bias, which needs the "
        "numbers as the network gives them");
  }
  feature->push_back(encoder_->constant());
  return {};
}

Result<MadeFeature> FeatureMaker::Take(std::span<const float> feature) const {
  const auto dim = static_cast<size_t>(encoder_->dim());
  const double constant = encoder_->constant();
  const bool without = constant > 0 && feature.size() + 1 == dim;
  if (feature.size() != dim && !without) {
    return InvalidArgument("a feature of " + std::to_string(feature.size()) +
                           " numbers; the model's have " +
                           std::to_string(constant > 0 ? dim - 1 : dim));
  }
  MadeFeature made;
  made.values.assign(feature.begin(), feature.end());
  if (without) HL_TRY(AddConstant(&made.values));
  const double last = made.values.back();
  HL_TRY(Finish(&made));
  if (constant > 0 && last > 0) made.length *= constant / last;
  return made;
}

template <typename Source>
Result<MadeFeature> FeatureMaker::MakeOf(const Source& source, bool* fatal,
                                         const Region* region) const {
  *fatal = false;
  return GuardExceptions([&]() -> Result<MadeFeature> {
    MadeFeature made;
    const auto input = MakeInput(source, &made, region);
    if (!input.ok()) {
      *fatal = made.no_decoder;
      // Not "not found", which would mean the picture.
      if (made.no_decoder) return IoError(input.status().message());
      return input.status();
    }
    if (Status status = RunNetwork(*input, &made); !status.ok()) {
      *fatal = true;
      return status;
    }
    HL_TRY(Finish(&made));
    return made;
  });
}

Result<MadeFeature> FeatureMaker::Make(const Path& file, bool* fatal, const Region* region) const {
  return MakeOf(file, fatal, region);
}

Result<MadeFeature> FeatureMaker::Make(ByteSpan bytes, bool* fatal, const Region* region) const {
  return MakeOf(bytes, fatal, region);
}

}  // namespace hashlens
