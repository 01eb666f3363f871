#include "image/vips_loaders.h"

#include <algorithm>
#include <memory>
#include <string>
#include <string_view>

#include "base/file.h"
#include "image/limits.h"

namespace hashlens {
namespace {

struct Loader {
  const char* nickname;
  // The words with which its error lines begin.
  std::string_view domains[4];
};

Loader LoaderFor(ImageFormat format) {
  switch (format) {
    case ImageFormat::kJpeg:
      return {"jpegload_buffer", {"VipsJpeg", "jpegload", "jpeg2vips"}};
    case ImageFormat::kPng:
      return {"pngload_buffer", {"pngload", "vipspng", "spng", "png2vips"}};
    case ImageFormat::kWebp:
      return {"webpload_buffer", {"webp"}};
    case ImageFormat::kGif:
      return {"gifload_buffer", {"gifload"}};
    case ImageFormat::kTiff:
      return {"tiffload_buffer", {"tiff", "TIFF", "_TIFF"}};
    case ImageFormat::kBmp:
      return {"magickload_buffer", {"magick"}};
    case ImageFormat::kPnm:
      return {"ppmload_source", {"ppm"}};
    case ImageFormat::kHeif:
      return {"heifload_buffer", {"heif"}};
    case ImageFormat::kAvif:
      return {"heifload_buffer", {"heif"}};
    case ImageFormat::kJpeg2000:
      return {"jp2kload_buffer", {"jp2k"}};
    case ImageFormat::kJxl:
      return {"jxlload_buffer", {"jxl"}};
  }
  return {};
}

void DropLog(const gchar*, GLogLevelFlags, const gchar*, gpointer) {}

bool InitVips() {
  if (VIPS_INIT("hashlens") != 0) return false;
  vips_cache_set_max(0);
  vips_concurrency_set(1);
  const auto levels = static_cast<GLogLevelFlags>(G_LOG_LEVEL_WARNING | G_LOG_LEVEL_MESSAGE |
                                                  G_LOG_LEVEL_INFO | G_LOG_LEVEL_DEBUG);
  g_log_set_handler("VIPS", levels, DropLog, nullptr);
  return true;
}

// What libvips keeps for a thread that it did not start itself.
struct ThreadData {
  ~ThreadData() { vips_thread_shutdown(); }
};

// The first line about this format, or nothing.
std::string_view LineAbout(std::string_view text, const Loader& loader) {
  while (!text.empty()) {
    const std::string_view line = text.substr(0, text.find('\n'));
    for (const std::string_view domain : loader.domains) {
      if (!domain.empty() && line.starts_with(domain)) return line;
    }
    text.remove_prefix(std::min(text.size(), line.size() + 1));
  }
  return {};
}

// libvips reads PNM from a source only.
int LoadPnm(void* bytes, size_t size, VipsImage** image, const auto&... settings) {
  VipsSource* source = vips_source_new_from_memory(bytes, size);
  if (source == nullptr) return -1;
  const int failed = vips_ppmload_source(source, image, settings...);
  g_object_unref(source);
  return failed;
}

}  // namespace

Status StartVips() {
  static const bool started = InitVips();
  if (!started) return IoError("libvips does not start");
  thread_local const ThreadData thread_data;
  return {};
}

bool VipsCanLoad(ImageFormat format) {
  if (!StartVips().ok()) return false;
  return vips_type_find("VipsOperation", LoaderFor(format).nickname) != 0;
}

VipsPicture OpenByVips(ByteSpan file, ImageFormat format, int jpeg_shrink) {
  // libvips takes the buffer as void* for C's sake and only reads it.
  void* bytes = const_cast<std::byte*>(file.data());
  const size_t size = file.size();
  VipsImage* image = nullptr;
  const auto load = [&](auto loader, auto... settings) {
    const int failed = loader(bytes, size, &image, "access", VIPS_ACCESS_SEQUENTIAL, "fail_on",
                              VIPS_FAIL_ON_TRUNCATED, settings..., nullptr);
    return VipsPicture(failed ? nullptr : image);
  };
  switch (format) {
    case ImageFormat::kJpeg:
      return load(vips_jpegload_buffer, "shrink", jpeg_shrink);
    case ImageFormat::kPng:
      return load(vips_pngload_buffer);
    case ImageFormat::kWebp:
      return load(vips_webpload_buffer);
    case ImageFormat::kGif:
      return load(vips_gifload_buffer);
    case ImageFormat::kTiff:
      return load(vips_tiffload_buffer);
    case ImageFormat::kBmp:
      return load(vips_magickload_buffer);
    case ImageFormat::kPnm:
      return load([](auto... arguments) { return LoadPnm(arguments...); });
    case ImageFormat::kHeif:
    case ImageFormat::kAvif:
      return load(vips_heifload_buffer);
    case ImageFormat::kJpeg2000:
      return load(vips_jp2kload_buffer);
    case ImageFormat::kJxl:
      return load(vips_jxlload_buffer);
  }
  return nullptr;
}

Status VipsFailure(ImageFormat format) {
  const std::unique_ptr<char, decltype(&g_free)> text(vips_error_buffer_copy(), g_free);
  if (SaysNoMemory(text.get())) {
    ForgetVipsErrors();
    return NotEnoughMemory();
  }
  constexpr size_t kMaxText = 200;
  const std::string line = Printable(LineAbout(text.get(), LoaderFor(format)).substr(0, kMaxText));
  const std::string name(FormatName(format));
  if (line.empty()) return Corruption("broken " + name);
  if (line.find("nsupported") != line.npos) return Unsupported("unsupported " + name + ": " + line);
  return Corruption("broken " + name + ": " + line);
}

void ForgetVipsErrors() { vips_error_clear(); }

}  // namespace hashlens
