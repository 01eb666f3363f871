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
  double squares = 0;
  for (const float value : made->values) squares += double{value} * value;
  made->length = std::sqrt(squares);
  if (finish_) return FinishFeature(reduction_.get(), &made->values);
  return std::isfinite(squares) ? Status() : Corruption("the feature is not finite");
}

Result<MadeFeature> FeatureMaker::Take(std::span<const float> feature) const {
  if (feature.size() != static_cast<size_t>(encoder_->dim())) {
    return InvalidArgument("a feature of " + std::to_string(feature.size()) +
                           " numbers; the model's have " + std::to_string(encoder_->dim()));
  }
  MadeFeature made;
  made.values.assign(feature.begin(), feature.end());
  HL_TRY(Finish(&made));
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
