#include "image/vips_decode.h"

#include <vips/vips.h>

#include <algorithm>
#include <chrono>
#include <cstdint>
#include <memory>
#include <string>
#include <utility>

#include "base/try.h"
#include "image/limits.h"
#include "image/orient.h"
#include "image/plain_headers.h"
#include "image/vips_colour.h"
#include "image/vips_loaders.h"

namespace hashlens {
namespace {

using Clock = std::chrono::steady_clock;

// When a decoding has taken too long.
class Deadline {
 public:
  explicit Deadline(int timeout_ms)
      : timeout_ms_(timeout_ms), end_(Clock::now() + std::chrono::milliseconds(timeout_ms)) {}

  bool passed() const { return Clock::now() > end_; }
  Status Error() const {
    ForgetVipsErrors();
    return InvalidArgument("decoding took longer than " + std::to_string(timeout_ms_) + " ms");
  }

 private:
  const int timeout_ms_;
  const Clock::time_point end_;
};

// The pixels of the region below, unless the time is over.
int CopyUnlessLate(VipsRegion* out, void* below, void*, void* deadline, gboolean*) {
  if (static_cast<const Deadline*>(deadline)->passed()) return -1;
  auto* in = static_cast<VipsRegion*>(below);
  const VipsRect* area = &out->valid;
  if (vips_region_prepare(in, area) != 0) return -1;
  return vips_region_region(out, in, area, area->left, area->top);
}

// The same picture, whose rows can be had until the deadline. Progress signals of libvips would not
// do: they come with finished rows, of which a much shrunk picture has few.
VipsPicture Guard(VipsPicture picture, const Deadline* deadline) {
  VipsPicture guarded(vips_image_new());
  VipsImage* in = picture.get();
  vips_object_local(guarded.get(), picture.release());  // lives as long
  if (vips_image_pipelinev(guarded.get(), VIPS_DEMAND_STYLE_THINSTRIP, in, nullptr) != 0 ||
      vips_image_generate(guarded.get(), vips_start_one, CopyUnlessLate, vips_stop_one, in,
                          const_cast<Deadline*>(deadline)) != 0) {
    return nullptr;
  }
  return guarded;
}

// The largest whole factor by which the shorter side stays at least min_short_side.
int ShrinkFor(int short_side, int min_short_side) {
  return min_short_side <= 0 ? 1 : std::max(1, short_side / min_short_side);
}

int JpegShrinkFor(int factor) { return factor >= 8 ? 8 : factor >= 4 ? 4 : factor >= 2 ? 2 : 1; }

// HEIF and JPEG XL carry the orientation in the coded picture, and their decoders apply it.
bool DecoderTurnsUpright(ImageFormat format) {
  return format == ImageFormat::kHeif || format == ImageFormat::kAvif ||
         format == ImageFormat::kJxl;
}

Result<Image> Render(VipsImage* pixels, ImageFormat format, const Deadline& deadline) {
  size_t size = 0;
  const std::unique_ptr<void, decltype(&g_free)> memory(vips_image_write_to_memory(pixels, &size),
                                                        g_free);
  if (!memory) return deadline.passed() ? deadline.Error() : VipsFailure(format);
  Image image;
  image.width = vips_image_get_width(pixels);
  image.height = vips_image_get_height(pixels);
  const auto* bytes = static_cast<const uint8_t*>(memory.get());
  image.rgb.assign(bytes, bytes + size);
  ForgetVipsErrors();
  return image;
}

}  // namespace

Result<DecodedImage> DecodeByVips(ByteSpan file, ImageFormat format, const DecodeOptions& options) {
  HL_TRY(StartVips());
  if (!VipsCanLoad(format)) {
    return Unsupported("this machine's libvips cannot read " + std::string(FormatName(format)));
  }
  if (format == ImageFormat::kBmp) HL_TRY(CheckBmpHeader(file, options));
  if (format == ImageFormat::kPnm) HL_TRY(CheckPnmHeader(file, options));
  const Deadline deadline(options.timeout_ms);

  VipsPicture picture = OpenByVips(file, format, 1);
  if (!picture) return VipsFailure(format);
  const int width = vips_image_get_width(picture.get());
  const int height = vips_image_get_height(picture.get());
  HL_TRY(CheckPixels(static_cast<uint64_t>(width), static_cast<uint64_t>(height), options));
  const int orientation =
      DecoderTurnsUpright(format) ? 1 : vips_image_get_orientation(picture.get());

  int shrink = ShrinkFor(std::min(width, height), options.min_short_side);
  if (format == ImageFormat::kJpeg && shrink >= 2) {
    const int jpeg_shrink = JpegShrinkFor(shrink);
    picture = OpenByVips(file, format, jpeg_shrink);
    if (!picture) return VipsFailure(format);
    shrink /= jpeg_shrink;
  }
  picture = Guard(std::move(picture), &deadline);
  if (!picture || !ShrinkToSrgb(&picture, shrink)) return VipsFailure(format);

  DecodedImage decoded;
  decoded.format = format;
  decoded.original_width = width;
  decoded.original_height = height;
  if (SwapsSides(orientation)) std::swap(decoded.original_width, decoded.original_height);
  HL_ASSIGN(Image image, Render(picture.get(), format, deadline));
  decoded.image = Upright(std::move(image), orientation);
  return decoded;
}

}  // namespace hashlens
