#include "decode/vips_samples.h"

#include <cstring>
#include <utility>

#include "base/try.h"
#include "decode/vips_apply.h"

namespace hashlens {
namespace {

bool Extract(VipsPicture* picture, int first, int count) {
  return Apply(picture, [first, count](VipsImage* in, VipsImage** out) {
    return vips_extract_band(in, out, first, "n", count, nullptr);
  });
}

}  // namespace

bool KeepTiffBands(const TiffFacts& facts, VipsPicture* picture) {
  const int bands = vips_image_get_bands(picture->get());
  const int colours = facts.colours;
  if (facts.palette) return true;  // it has become its colours
  if (facts.alpha < 0) return bands <= colours || Extract(picture, 0, colours);
  if (bands <= facts.alpha) return true;
  if (facts.alpha != colours || bands != colours + 1) {
    VipsImage* alpha = nullptr;
    if (vips_extract_band(picture->get(), &alpha, facts.alpha, nullptr) != 0) return false;
    const VipsPicture held(alpha);
    if (!Extract(picture, 0, colours) || !Apply(picture, [&held](VipsImage* in, VipsImage** out) {
          return vips_bandjoin2(in, held.get(), out, nullptr);
        }))
      return false;
  }
  return true;
}

bool ClearOutside(const FrameBox& box, VipsPicture* picture) {
  const int width = vips_image_get_width(picture->get());
  const int height = vips_image_get_height(picture->get());
  const bool covered = box.left <= 0 && box.top <= 0 && box.left + box.width >= width &&
                       box.top + box.height >= height;
  if (covered || vips_image_hasalpha(picture->get()) ||
      vips_image_get_format(picture->get()) != VIPS_FORMAT_UCHAR)
    return true;
  VipsImage* none = nullptr;
  if (vips_black(&none, width, height, nullptr) != 0) return false;
  VipsPicture alpha(none);
  // Draws into memory of its own.
  if (!Apply(&alpha, [](VipsImage* in, VipsImage** out) {
        *out = vips_image_copy_memory(in);
        return *out == nullptr ? -1 : 0;
      }))
    return false;
  if (vips_draw_rect1(alpha.get(), 255, box.left, box.top, box.width, box.height, "fill", TRUE,
                      nullptr) != 0)
    return false;
  return Apply(picture, [&alpha](VipsImage* in, VipsImage** out) {
    return vips_bandjoin2(in, alpha.get(), out, nullptr);
  });
}

Result<Raster> RadianceRaster(VipsPicture picture, uint64_t max_pixels) {
  if (!Apply(&picture,
             [](VipsImage* in, VipsImage** out) { return vips_rad2float(in, out, nullptr); }))
    return VipsFailure(ImageFormat::kHdr);
  Raster raster;
  raster.width = vips_image_get_width(picture.get());
  raster.height = vips_image_get_height(picture.get());
  raster.type = SampleType::kFloat;
  raster.colour = RasterColour::kLinearRgb;
  HL_TRY(MakeRoom(&raster, max_pixels));
  size_t size = 0;
  void* const samples = vips_image_write_to_memory(picture.get(), &size);
  if (samples == nullptr) return VipsFailure(ImageFormat::kHdr);
  std::memcpy(raster.samples.data(), samples, std::min(size, raster.samples.size()));
  g_free(samples);
  return raster;
}

}  // namespace hashlens
