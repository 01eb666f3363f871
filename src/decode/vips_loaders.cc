#include "decode/vips_loaders.h"

#include <dlfcn.h>
#include <gmodule.h>

#include <algorithm>
#include <cstdlib>
#include <filesystem>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>
#include <utility>

#include "base/decoder_words.h"
#include "base/text.h"

namespace hashlens {
namespace {

struct Loader {
  const char* nickname;
  // The words with which its error lines begin.
  std::string_view domains[4];
};

Loader LoaderFor(ImageFormat format) {
  switch (format) {
    case ImageFormat::kPng:
      return {"pngload_buffer", {"pngload", "vipspng", "spng", "png2vips"}};
    case ImageFormat::kWebp:
      return {"webpload_buffer", {"webp"}};
    case ImageFormat::kGif:
      return {"gifload_buffer", {"gifload"}};
    case ImageFormat::kTiff:
      return {"tiffload_buffer", {"tiff", "TIFF", "_TIFF"}};
    case ImageFormat::kHeif:
      return {"heifload_buffer", {"heif"}};
    case ImageFormat::kHdr:
      return {"radload_buffer", {"rad"}};
    case ImageFormat::kSvg:
      return {"svgload_buffer", {"svg"}};
    case ImageFormat::kPdf:
      return {"pdfload_buffer", {"pdf", "poppler"}};
    default:
      return {"", {}};
  }
}

// What libvips warned of last, which is the only place where libpng's own words go.
class LastWarning {
 public:
  static void Keep(const gchar*, GLogLevelFlags level, const gchar* message, gpointer) {
    const std::string_view text = message == nullptr ? "" : message;
    // The second is what libvips itself says of every failure.
    if ((level & G_LOG_LEVEL_WARNING) == 0 || text.starts_with("error in tile")) return;
    const std::lock_guard lock(mutex_);
    text_ = text;
  }
  static std::string Take() {
    const std::lock_guard lock(mutex_);
    return std::exchange(text_, {});
  }

 private:
  static inline std::mutex mutex_;
  static inline std::string text_;
};

// Whether libvips says no more than that reading failed.
bool SaysNothing(std::string_view line) {
  return line.empty() || line.ends_with("libpng read error");
}

// The modules of libvips lie in a folder beside it. Empty when this libvips has none.
std::filesystem::path ModuleFolder() {
  Dl_info info = {};
  if (::dladdr(reinterpret_cast<const void*>(&vips_init), &info) == 0) return {};
  const std::string name =
      "vips-modules-" + std::to_string(vips_version(0)) + "." + std::to_string(vips_version(1));
  return std::filesystem::path(info.dli_fname).parent_path() / name;
}

// Without the module there is no loader, which VipsCanLoad tells.
void LoadModule(const char* name) {
  const auto path = ModuleFolder() / name;
  std::error_code error;
  if (!std::filesystem::exists(path, error)) return;
  GModule* module = g_module_open(path.c_str(), G_MODULE_BIND_LAZY);
  if (module != nullptr) g_module_make_resident(module);
}

constexpr char kHeifModule[] = "vips-heif.so", kPdfModule[] = "vips-poppler.so";

// What libraries read or load at their first use, such as decoders of libheif.
void UseOnce(ImageFormat format, std::string_view file) {
  if (VipsCanLoad(format)) OpenByVips(AsBytes(file), format);
  ForgetVipsErrors();
}

// The first line about this format, else the first of all.
std::string_view LineAbout(std::string_view text, const Loader& loader) {
  const std::string_view first = text.substr(0, text.find('\n'));
  while (!text.empty()) {
    const std::string_view line = text.substr(0, text.find('\n'));
    for (const std::string_view domain : loader.domains) {
      if (!domain.empty() && line.starts_with(domain)) return line;
    }
    text.remove_prefix(std::min(text.size(), line.size() + 1));
  }
  return first;
}

}  // namespace

Status StartVips(bool pdf) {
  // By itself libvips would load each of its modules, among them PDF and slides, which take longer
  // to start than all the rest.
  ::setenv("VIPSHOME", "/nonexistent", 1);
  // Pictures that must be held whole are held in memory, where the limit counts them.
  ::setenv("VIPS_DISC_THRESHOLD", "1000g", 1);
  ::setenv("VIPS_NOVECTOR", "1", 1);  // it would make code at run time
  if (VIPS_INIT("hashlens-decode") != 0) return IoError("libvips does not start");
  vips_cache_set_max(0);
  vips_concurrency_set(1);
  const auto levels = static_cast<GLogLevelFlags>(G_LOG_LEVEL_WARNING | G_LOG_LEVEL_MESSAGE |
                                                  G_LOG_LEVEL_INFO | G_LOG_LEVEL_DEBUG);
  g_log_set_handler("VIPS", levels, LastWarning::Keep, nullptr);
  LoadModule(kHeifModule);
  using std::string_view_literals::operator""sv;
  UseOnce(ImageFormat::kHeif,
          "\0\0\0\x10"
          "ftypheic\0\0\0\0"sv);
  if (pdf) LoadModule(kPdfModule);
  return {};
}

bool VipsCanLoad(ImageFormat format) {
  return vips_type_find("VipsOperation", LoaderFor(format).nickname) != 0;
}

bool HasPdf() {
  std::error_code error;
  return VipsCanLoad(ImageFormat::kPdf) ||
         std::filesystem::exists(ModuleFolder() / kPdfModule, error);
}

VipsPicture OpenByVips(ByteSpan file, ImageFormat format, double scale) {
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
    case ImageFormat::kPng:
      return load(vips_pngload_buffer);
    case ImageFormat::kWebp:
      return load(vips_webpload_buffer);
    case ImageFormat::kGif:
      return load(vips_gifload_buffer);
    case ImageFormat::kTiff:
      return load(vips_tiffload_buffer);
    case ImageFormat::kHeif:
      return load(vips_heifload_buffer);
    case ImageFormat::kHdr:
      return load(vips_radload_buffer);
    case ImageFormat::kSvg:
      return load(vips_svgload_buffer, "scale", scale);
    case ImageFormat::kPdf:
      return load(vips_pdfload_buffer, "scale", scale);
    default:
      return nullptr;
  }
}

Status VipsFailure(ImageFormat format) {
  const std::unique_ptr<char, decltype(&g_free)> text(vips_error_buffer_copy(), g_free);
  const std::string warning = LastWarning::Take();
  ForgetVipsErrors();
  const std::string_view all = text ? text.get() : "";
  if (SaysNoMemory(all)) return IoError("not enough memory for the picture");
  constexpr size_t kMaxText = 200;
  std::string_view words = LineAbout(all, LoaderFor(format));
  if (SaysNothing(words) && !warning.empty()) words = warning;
  const std::string line = Printable(words.substr(0, kMaxText));
  const std::string name(FormatName(format));
  if (line.empty()) return Corruption("broken " + name);
  if (line.find("nsupported") != line.npos) return Unsupported("unsupported " + name + ": " + line);
  return Corruption("broken " + name + ": " + line);
}

void ForgetVipsErrors() {
  vips_error_clear();
  LastWarning::Take();
}

}  // namespace hashlens
