#include "image/thumbnail.h"

#include <turbojpeg.h>

#include <algorithm>
#include <cmath>
#include <memory>
#include <string>

#include "image/preprocess.h"

namespace hashlens {
namespace {

struct DestroyHandle {
  void operator()(void* handle) const { tjDestroy(handle); }
};
struct FreeJpeg {
  void operator()(unsigned char* bytes) const { tjFree(bytes); }
};

int Scaled(int side, double scale) {
  return std::max(1, static_cast<int>(std::lround(side * scale)));
}

}  // namespace

Result<std::string> EncodeThumbnail(const Image& image, int max_side, int quality) {
  if (image.width < 1 || image.height < 1) return InvalidArgument("thumbnail of an empty picture");
  if (max_side < 1) return InvalidArgument("thumbnail smaller than one pixel");
  if (quality < 1 || quality > 100) return InvalidArgument("JPEG quality outside 1..100");
  thread_local const std::unique_ptr<void, DestroyHandle> kCompressor(tjInitCompress());
  if (!kCompressor) return IoError("thumbnail: no memory for a compressor");

  const int longer = std::max(image.width, image.height);
  const double scale = std::min(1.0, static_cast<double>(max_side) / longer);
  Image resized;
  if (scale < 1.0) {
    const Box whole{0, 0, static_cast<double>(image.width), static_cast<double>(image.height)};
    resized = Resample(image, whole, Scaled(image.width, scale), Scaled(image.height, scale));
  }
  const Image& small = scale < 1.0 ? resized : image;

  unsigned char* bytes = nullptr;
  unsigned long size = 0;  // NOLINT: TurboJPEG's type
  const int failed = tjCompress2(kCompressor.get(), small.rgb.data(), small.width, 0, small.height,
                                 TJPF_RGB, &bytes, &size, TJSAMP_420, quality, 0);
  const std::unique_ptr<unsigned char, FreeJpeg> owner(bytes);
  if (failed != 0)
    return InvalidArgument(std::string("thumbnail: ") + tjGetErrorStr2(kCompressor.get()));
  return std::string(reinterpret_cast<const char*>(bytes), size);
}

}  // namespace hashlens
