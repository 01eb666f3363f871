// Pictures and picture files that the image tests make for themselves.
#ifndef HASHLENS_IMAGE_TEST_PICTURES_H_
#define HASHLENS_IMAGE_TEST_PICTURES_H_

#include <vips/vips.h>

#include <array>
#include <cstdint>
#include <memory>
#include <string>

#include "image/image.h"

namespace hashlens {

struct UnrefPicture {
  void operator()(VipsImage* image) const { g_object_unref(image); }
};
// An image that libvips computes on demand. Only tests use libvips in their own process.
using VipsPicture = std::unique_ptr<VipsImage, UnrefPicture>;
// Once or often. True when it works.
bool StartVips();

using Colour = std::array<int, 3>;

// Smooth in both directions, another colour in every corner, so that any flip shows.
Image TestPicture(int width, int height);
Image FlatPicture(int width, int height, Colour colour);
// Independent random bytes, the same for the same seed.
Image NoisePicture(int width, int height, uint32_t seed);

Colour PixelAt(const Image& image, int x, int y);
// Mean absolute difference a channel; 255 when the sizes differ.
double MeanDifference(const Image& a, const Image& b);

// A JPEG; subsampling is a TJSAMP constant.
std::string JpegFile(const Image& image, int quality = 95, int subsampling = 0,
                     bool progressive = false);
// The JPEG with a marker segment put in right after its start.
std::string WithSegment(const std::string& jpeg, int marker, const std::string& payload);
// An APP1 payload with nothing but the orientation tag.
std::string ExifPayload(int orientation);
std::string BmpFile(const Image& image);
std::string PnmFile(const Image& image);

// libvips' copy of the picture.
VipsPicture ToVips(const Image& image);
// The file that libvips writes for a name ending such as ".png" or ".tif[compression=lzw]".
// Empty when this machine's libvips cannot write it.
std::string VipsFile(VipsImage* image, const std::string& suffix);
std::string VipsFile(const Image& image, const std::string& suffix);
// A profile that libvips brings: "srgb", "p3", "cmyk".
std::string ProfileBytes(const char* name);

}  // namespace hashlens

#endif  // HASHLENS_IMAGE_TEST_PICTURES_H_
