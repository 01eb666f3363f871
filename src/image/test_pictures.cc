#include "image/test_pictures.h"

#include <turbojpeg.h>

#include <cmath>
#include <cstdlib>
#include <random>

#include "base/bytes.h"

// The HEIF encoder behind libvips keeps a few kilobytes for ever; only tests encode.
extern "C" const char* __lsan_default_suppressions() { return "leak:libx265"; }  // NOLINT: its name

namespace hashlens {

bool StartVips() {
  static const bool kStarted = [] {
    if (VIPS_INIT("hashlens-test") != 0) return false;
    vips_cache_set_max(0);
    vips_concurrency_set(1);
    g_log_set_handler(
        "VIPS", static_cast<GLogLevelFlags>(G_LOG_LEVEL_WARNING | G_LOG_LEVEL_MESSAGE),
        [](const gchar*, GLogLevelFlags, const gchar*, gpointer) {}, nullptr);
    return true;
  }();
  return kStarted;
}

Image TestPicture(int width, int height) {
  Image image{width, height, {}};
  for (int y = 0; y < height; ++y) {
    for (int x = 0; x < width; ++x) {
      const int across = width > 1 ? 255 * x / (width - 1) : 0;
      const int down = height > 1 ? 255 * y / (height - 1) : 0;
      image.rgb.push_back(static_cast<uint8_t>(across));
      image.rgb.push_back(static_cast<uint8_t>(down));
      image.rgb.push_back(static_cast<uint8_t>(255 - (across + down) / 2));
    }
  }
  return image;
}

Image FlatPicture(int width, int height, Colour colour) {
  Image image{width, height, {}};
  for (int i = 0; i < width * height; ++i) {
    for (const int value : colour) image.rgb.push_back(static_cast<uint8_t>(value));
  }
  return image;
}

Image NoisePicture(int width, int height, uint32_t seed) {
  std::mt19937 random(seed);
  Image image{width, height, std::vector<uint8_t>(static_cast<size_t>(width * height) * 3)};
  for (uint8_t& value : image.rgb) value = static_cast<uint8_t>(random() >> 24);
  return image;
}

Colour PixelAt(const Image& image, int x, int y) {
  const size_t at = static_cast<size_t>(y * image.width + x) * 3;
  return {image.rgb.at(at), image.rgb.at(at + 1), image.rgb.at(at + 2)};
}

double MeanDifference(const Image& a, const Image& b) {
  if (a.width != b.width || a.height != b.height || a.rgb.size() != b.rgb.size()) return 255;
  double sum = 0;
  for (size_t i = 0; i < a.rgb.size(); ++i) sum += std::abs(a.rgb[i] - b.rgb[i]);
  return sum / static_cast<double>(a.rgb.size());
}

std::string JpegFile(const Image& image, int quality, int subsampling, bool progressive) {
  const tjhandle compressor = tjInitCompress();
  unsigned char* bytes = nullptr;
  unsigned long size = 0;  // NOLINT: TurboJPEG's type
  std::string file;
  if (tjCompress2(compressor, image.rgb.data(), image.width, 0, image.height, TJPF_RGB, &bytes,
                  &size, subsampling, quality, progressive ? TJFLAG_PROGRESSIVE : 0) == 0) {
    file.assign(reinterpret_cast<const char*>(bytes), size);
  }
  tjFree(bytes);
  tjDestroy(compressor);
  return file;
}

std::string WithSegment(const std::string& jpeg, int marker, const std::string& payload) {
  const size_t length = payload.size() + 2;
  std::string segment = {'\xff', static_cast<char>(marker), static_cast<char>(length >> 8),
                         static_cast<char>(length & 255)};
  return jpeg.substr(0, 2) + segment + payload + jpeg.substr(2);
}

std::string ExifPayload(int orientation) {
  std::string payload("Exif\0\0II*\0\x08\0\0\0", 14);
  PutLittleEndian<uint16_t>(&payload, 1);       // one entry
  PutLittleEndian<uint16_t>(&payload, 0x0112);  // orientation
  PutLittleEndian<uint16_t>(&payload, 3);       // short
  PutLittleEndian<uint32_t>(&payload, 1);
  PutLittleEndian<uint32_t>(&payload, static_cast<uint32_t>(orientation));
  PutLittleEndian<uint32_t>(&payload, 0);  // no next directory
  return payload;
}

std::string BmpFile(const Image& image) {
  const int stride = (image.width * 3 + 3) / 4 * 4;
  std::string file = "BM";
  PutLittleEndian<uint32_t>(&file, static_cast<uint32_t>(54 + stride * image.height));
  PutLittleEndian<uint32_t>(&file, 0);
  PutLittleEndian<uint32_t>(&file, 54);
  PutLittleEndian<uint32_t>(&file, 40);
  PutLittleEndian<int32_t>(&file, image.width);
  PutLittleEndian<int32_t>(&file, image.height);
  PutLittleEndian<uint16_t>(&file, 1);
  PutLittleEndian<uint16_t>(&file, 24);
  for (int i = 0; i < 6; ++i) PutLittleEndian<uint32_t>(&file, 0);
  for (int y = image.height - 1; y >= 0; --y) {
    for (int x = 0; x < image.width; ++x) {
      const Colour rgb = PixelAt(image, x, y);
      for (int c = 2; c >= 0; --c) file.push_back(static_cast<char>(rgb[static_cast<size_t>(c)]));
    }
    file.append(static_cast<size_t>(stride - image.width * 3), '\0');
  }
  return file;
}

std::string PnmFile(const Image& image) {
  return "P6\n# made by a test\n" + std::to_string(image.width) + " " +
         std::to_string(image.height) + "\n255\n" + std::string(image.rgb.begin(), image.rgb.end());
}

VipsPicture ToVips(const Image& image) {
  if (!StartVips()) return nullptr;
  VipsPicture bands(vips_image_new_from_memory_copy(image.rgb.data(), image.rgb.size(), image.width,
                                                    image.height, 3, VIPS_FORMAT_UCHAR));
  VipsImage* named = nullptr;
  if (vips_copy(bands.get(), &named, "interpretation", VIPS_INTERPRETATION_sRGB, nullptr) != 0) {
    return nullptr;
  }
  return VipsPicture(named);
}

std::string VipsFile(VipsImage* image, const std::string& suffix) {
  void* bytes = nullptr;
  size_t size = 0;
  if (vips_image_write_to_buffer(image, suffix.c_str(), &bytes, &size, nullptr) != 0) {
    vips_error_clear();
    return {};
  }
  std::string file(static_cast<const char*>(bytes), size);
  g_free(bytes);
  return file;
}

std::string VipsFile(const Image& image, const std::string& suffix) {
  return VipsFile(ToVips(image).get(), suffix);
}

std::string ProfileBytes(const char* name) {
  VipsBlob* blob = nullptr;
  if (!StartVips() || vips_profile_load(name, &blob, nullptr) != 0 || blob == nullptr) return {};
  size_t size = 0;
  const void* bytes = vips_blob_get(blob, &size);
  std::string profile(static_cast<const char*>(bytes), size);
  vips_area_unref(VIPS_AREA(blob));
  return profile;
}

}  // namespace hashlens
