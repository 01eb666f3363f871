#include "decode/raster_picture.h"

#include "decode/tone_map.h"

namespace hashlens {
namespace {

template <typename Sample>
void Unmultiply(Raster* raster) {
  const auto bands = static_cast<size_t>(Bands(*raster));
  auto* at = reinterpret_cast<Sample*>(raster->samples.data());
  constexpr uint32_t kFull = static_cast<Sample>(-1);
  for (auto* const end = at + raster->samples.size() / sizeof(Sample); at != end; at += bands) {
    const uint32_t alpha = at[bands - 1];
    if (alpha == kFull || alpha == 0) continue;
    for (size_t band = 0; band + 1 < bands; ++band) {
      const uint64_t colour = (uint64_t{at[band]} * kFull + alpha / 2) / alpha;
      at[band] = static_cast<Sample>(std::min<uint64_t>(colour, kFull));
    }
  }
}

VipsInterpretation InterpretationOf(const Raster& raster) {
  const bool wide = raster.type == SampleType::kShort;
  switch (raster.colour) {
    case RasterColour::kGrey:
    case RasterColour::kLinearGrey:
      return wide ? VIPS_INTERPRETATION_GREY16 : VIPS_INTERPRETATION_B_W;
    case RasterColour::kCmyk:
      return VIPS_INTERPRETATION_CMYK;
    default:
      return wide ? VIPS_INTERPRETATION_RGB16 : VIPS_INTERPRETATION_sRGB;
  }
}

}  // namespace

void SettleRaster(Raster* raster) {
  if (raster->type == SampleType::kFloat) ToneMap(raster);
  if (raster->alpha != RasterAlpha::kPremultiplied) return;
  if (raster->type == SampleType::kByte) {
    Unmultiply<uint8_t>(raster);
  } else {
    Unmultiply<uint16_t>(raster);
  }
  raster->alpha = RasterAlpha::kStraight;
}

VipsPicture PictureOf(const Raster& raster) {
  const VipsBandFormat format =
      raster.type == SampleType::kByte ? VIPS_FORMAT_UCHAR : VIPS_FORMAT_USHORT;
  VipsPicture memory(vips_image_new_from_memory(raster.samples.data(), raster.samples.size(),
                                                raster.width, raster.height, Bands(raster),
                                                format));
  if (!memory) return nullptr;
  VipsImage* out = nullptr;
  if (vips_copy(memory.get(), &out, "interpretation", InterpretationOf(raster), nullptr) != 0)
    return nullptr;
  VipsPicture picture(out);
  if (!raster.icc.empty()) {
    vips_image_set_blob_copy(picture.get(), VIPS_META_ICC_NAME, raster.icc.data(),
                             raster.icc.size());
  }
  return picture;
}

}  // namespace hashlens
