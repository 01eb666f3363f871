#include "decode/avif_reader.h"

#include <avif/avif.h>

#include <algorithm>
#include <memory>
#include <string>
#include <vector>

#include "base/try.h"

namespace hashlens {
namespace {

struct DestroyDecoder {
  void operator()(avifDecoder* decoder) const { avifDecoderDestroy(decoder); }
};

Status Failure(const avifDecoder& decoder, avifResult result) {
  if (result == AVIF_RESULT_OUT_OF_MEMORY) return IoError("not enough memory for the picture");
  std::string words = avifResultToString(result);
  if (decoder.diag.error[0] != '\0') words += std::string(": ") + decoder.diag.error;
  if (result == AVIF_RESULT_NOT_IMPLEMENTED || result == AVIF_RESULT_NO_CODEC_AVAILABLE)
    return Unsupported(words);
  return Corruption(words);
}

// EXIF's number of a turn by `quarters` against the clock and a mirror after it.
int OrientationOf(const avifImage& image) {
  const int quarters = (image.transformFlags & AVIF_TRANSFORM_IROT) != 0 ? image.irot.angle & 3 : 0;
  const bool mirrored = (image.transformFlags & AVIF_TRANSFORM_IMIR) != 0;
  constexpr int kTurned[4] = {1, 8, 3, 6};
  constexpr int kUpsideDown[4] = {4, 5, 2, 7};  // then top and bottom exchanged
  constexpr int kSideways[4] = {2, 7, 4, 5};    // then left and right exchanged
  if (!mirrored) return kTurned[quarters];
  const auto [axis] = image.imir;  // its only member, `mode` before libavif 1.0
  return axis == 0 ? kUpsideDown[quarters] : kSideways[quarters];
}

// Keeps what the clean aperture leaves of the picture. One that makes no sense is not followed.
void Crop(const avifImage& image, Raster* raster) {
  if ((image.transformFlags & AVIF_TRANSFORM_CLAP) == 0) return;
  avifCropRect box;
  avifDiagnostics diagnostics;
  avifDiagnosticsClearError(&diagnostics);
  if (!avifCropRectConvertCleanApertureBox(&box, &image.clap, image.width, image.height,
                                           image.yuvFormat, &diagnostics))
    return;
  const size_t pixel_bytes = static_cast<size_t>(Bands(*raster)) * SampleBytes(raster->type);
  std::vector<std::byte> kept;
  kept.reserve(size_t{box.width} * box.height * pixel_bytes);
  for (uint32_t y = box.y; y < box.y + box.height; ++y) {
    const auto start = raster->samples.begin() +
                       static_cast<ptrdiff_t>((size_t{y} * image.width + box.x) * pixel_bytes);
    kept.insert(kept.end(), start, start + static_cast<ptrdiff_t>(box.width * pixel_bytes));
  }
  raster->samples = std::move(kept);
  raster->width = static_cast<int>(box.width);
  raster->height = static_cast<int>(box.height);
}

}  // namespace

Result<Raster> ReadAvif(ByteSpan file, uint64_t max_pixels) {
  const std::unique_ptr<avifDecoder, DestroyDecoder> decoder(avifDecoderCreate());
  if (!decoder) return IoError("not enough memory for the picture");
  decoder->ignoreExif = AVIF_TRUE;  // turned by the picture's own properties
  decoder->ignoreXMP = AVIF_TRUE;
  decoder->maxThreads = 1;
  decoder->strictFlags = AVIF_STRICT_DISABLED;  // what other viewers show is shown
  decoder->imageSizeLimit =
      static_cast<uint32_t>(std::min<uint64_t>(max_pixels, AVIF_DEFAULT_IMAGE_SIZE_LIMIT));
  avifResult result = avifDecoderSetIOMemory(
      decoder.get(), reinterpret_cast<const uint8_t*>(file.data()), file.size());
  if (result == AVIF_RESULT_OK) result = avifDecoderParse(decoder.get());
  if (result != AVIF_RESULT_OK) return Failure(*decoder, result);
  Raster raster;
  raster.width = static_cast<int>(std::min<uint32_t>(decoder->image->width, INT32_MAX));
  raster.height = static_cast<int>(std::min<uint32_t>(decoder->image->height, INT32_MAX));
  const bool wide = decoder->image->depth > 8;
  raster.type = wide ? SampleType::kShort : SampleType::kByte;
  if (decoder->alphaPresent) raster.alpha = RasterAlpha::kStraight;
  HL_TRY(CheckSize(raster, max_pixels));
  result = avifDecoderNextImage(decoder.get());
  if (result != AVIF_RESULT_OK) return Failure(*decoder, result);
  const avifImage& image = *decoder->image;
  HL_TRY(MakeRoom(&raster, max_pixels));
  avifRGBImage rgb;
  avifRGBImageSetDefaults(&rgb, &image);
  rgb.depth = wide ? 16 : 8;
  rgb.format = decoder->alphaPresent ? AVIF_RGB_FORMAT_RGBA : AVIF_RGB_FORMAT_RGB;
  rgb.pixels = reinterpret_cast<uint8_t*>(raster.samples.data());
  rgb.rowBytes = image.width * static_cast<uint32_t>(Bands(raster)) * (wide ? 2U : 1U);
  result = avifImageYUVToRGB(&image, &rgb);
  if (result != AVIF_RESULT_OK) return Failure(*decoder, result);
  Crop(image, &raster);
  raster.orientation = OrientationOf(image);
  const auto* profile = reinterpret_cast<const std::byte*>(image.icc.data);
  raster.icc.assign(profile, profile + image.icc.size);
  return raster;
}

}  // namespace hashlens
