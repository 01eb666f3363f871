#include "image/jpeg_decode.h"

#include <turbojpeg.h>

#include <algorithm>
#include <array>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/decoder_words.h"
#include "base/icc.h"
#include "base/try.h"
#include "image/decode_apart.h"
#include "image/jpeg_header.h"
#include "image/limits.h"
#include "image/orient.h"

namespace hashlens {
namespace {

// A progressive file repeats the whole picture's work for every scan; real ones have about ten. The
// bound is on scans, and for large pictures on scans times pixels (some seconds of work).
constexpr int kMaxScans = 500;
constexpr int kScansAlwaysAllowed = 16;
constexpr uint64_t kMaxScanPixels = 2'000'000'000;

int ScanLimit(uint64_t pixels) {
  const uint64_t fitting = kMaxScanPixels / std::max<uint64_t>(pixels, 1);
  return static_cast<int>(std::clamp<uint64_t>(fitting, kScansAlwaysAllowed, kMaxScans));
}

struct DestroyHandle {
  void operator()(void* handle) const { tjDestroy(handle); }
};

// One decompressor for each thread. Null when out of memory.
tjhandle ThreadDecompressor() {
  thread_local const std::unique_ptr<void, DestroyHandle> handle(tjInitDecompress());
  return handle.get();
}

// libjpeg-turbo offers every eighth, but only these have a SIMD inverse transform. The others cost
// more than decoding whole: 500 x 375 photos took (ms a megapixel) 1/1 7.5, 7/8 11.8, 3/4 9.7,
// 5/8 9.1, 1/2 6.5, 3/8 6.3, 1/4 6.2, 1/8 4.9; and 3/8 saves nothing that 1/2 does not.
tjscalingfactor ScaleFor(int short_side, int min_short_side) {
  if (min_short_side <= 0) return {1, 1};
  for (const int denominator : {8, 4, 2}) {
    if (TJSCALED(short_side, (tjscalingfactor{1, denominator})) >= min_short_side)
      return {1, denominator};
  }
  return {1, 1};
}

// Whether the scans that are there bring every bit of every coefficient: without it, a progressive
// file that ends after a scan would be decoded with no warning, too coarsely.
bool HasEveryScan(ByteSpan file) {
  const auto byte = [&](size_t at) {
    return at < file.size() ? std::to_integer<int>(file[at]) : 0;
  };
  struct Component {
    std::array<bool, 64> whole{};
  };
  std::map<int, Component> components;  // by their identifiers
  bool progressive = false;
  size_t at = 2;
  while (at + 4 <= file.size()) {
    const int marker = byte(at + 1);
    if (byte(at) != 0xff || marker == 0x00 || marker == 0xff ||
        (marker >= 0xd0 && marker <= 0xd7)) {
      ++at;  // pixels, or fill
      continue;
    }
    const size_t length =
        static_cast<size_t>(byte(at + 2)) * 256 + static_cast<size_t>(byte(at + 3));
    if (marker >= 0xc0 && marker <= 0xcf && marker != 0xc4 && marker != 0xc8 && marker != 0xcc) {
      progressive = marker == 0xc2 || marker == 0xca;
      for (int i = 0; i < byte(at + 9); ++i) components[byte(at + 10 + static_cast<size_t>(i) * 3)];
    } else if (marker == 0xda) {
      const auto count = static_cast<size_t>(byte(at + 4));
      const size_t choice = at + 5 + count * 2;  // first and last coefficient, bits
      const int first = progressive ? byte(choice) : 0;
      const int last = progressive ? std::min(byte(choice + 1), 63) : 63;
      const bool lowest_bit = !progressive || byte(choice + 2) % 16 == 0;
      for (size_t i = 0; i < count; ++i) {
        for (int k = first; lowest_bit && k <= last; ++k)
          components[byte(at + 5 + i * 2)].whole[static_cast<size_t>(k)] = true;
      }
    }
    at += 2 + length;
  }
  return !components.empty() && std::ranges::all_of(components, [](const auto& component) {
    return std::ranges::all_of(component.second.whole, std::identity());
  });
}

Status TurboFailure(std::string_view text) {
  if (SaysNoMemory(text)) return NotEnoughMemory();
  if (text.find("nsupported") != text.npos) return Unsupported("jpeg: " + std::string(text));
  return Corruption("jpeg: " + std::string(text));
}

// Of what its own header says, libjpeg-turbo can make sRGB.
bool IsPlain(const JpegHeader& header) {
  return (header.components == 1 || header.components == 3) &&
         ClassifyProfile(header.icc, header.components) != ProfileKind::kOther;
}

// Whether libjpeg-turbo reads the header, and as the same picture.
bool TurboKnows(const JpegHeader& header, tjhandle decompressor, ByteSpan file) {
  int width = 0, height = 0, subsampling = 0, colours = 0;
  const int failed =
      tjDecompressHeader3(decompressor, reinterpret_cast<const unsigned char*>(file.data()),
                          file.size(), &width, &height, &subsampling, &colours);
  if (failed != 0 && tjGetErrorCode(decompressor) == TJERR_FATAL) return false;
  return width == header.width && height == header.height;
}

Result<DecodedImage> DecodeWhole(ByteSpan file, const JpegHeader& header,
                                 const DecodeOptions& options) {
  HL_TRY(CheckPixels(static_cast<uint64_t>(header.width), static_cast<uint64_t>(header.height),
                     options));
  const int scan_limit =
      ScanLimit(static_cast<uint64_t>(header.width) * static_cast<uint64_t>(header.height));
  if (header.scans > scan_limit) {
    return InvalidArgument("jpeg: " + std::to_string(header.scans) +
                           " scans are over the limit of " + std::to_string(scan_limit));
  }
  if (!IsPlain(header)) return DecodeApart(file, ImageFormat::kJpeg, options);
  const auto scale = ScaleFor(std::min(header.width, header.height), options.min_short_side);
  if (options.isolate_jpeg) {
    const PlainJpeg plain = {scale.denom, header.orientation};
    return DecodeApart(file, ImageFormat::kJpeg, options, &plain);
  }
  const tjhandle decompressor = ThreadDecompressor();
  if (decompressor == nullptr) return IoError("jpeg: no memory for a decompressor");
  if (!TurboKnows(header, decompressor, file))
    return DecodeApart(file, ImageFormat::kJpeg, options);

  Image image;
  image.width = TJSCALED(header.width, scale);
  image.height = TJSCALED(header.height, scale);
  image.rgb.resize(size_t{3} * static_cast<size_t>(image.width) *
                   static_cast<size_t>(image.height));
  const int failed =
      tjDecompress2(decompressor, reinterpret_cast<const unsigned char*>(file.data()), file.size(),
                    image.rgb.data(), image.width, 0, image.height, TJPF_RGB, TJFLAG_LIMITSCANS);
  if (failed != 0) {
    const std::string_view text = tjGetErrorStr2(decompressor);
    if (tjGetErrorCode(decompressor) == TJERR_FATAL || MeansJpegDamage(text))
      return TurboFailure(text);
  }

  DecodedImage decoded;
  decoded.format = ImageFormat::kJpeg;
  decoded.original_width = header.width;
  decoded.original_height = header.height;
  if (SwapsSides(header.orientation)) std::swap(decoded.original_width, decoded.original_height);
  decoded.image = Upright(std::move(image), header.orientation);
  return decoded;
}

}  // namespace

Result<DecodedImage> DecodeJpeg(ByteSpan file, const DecodeOptions& options) {
  const auto header = ReadJpegHeader(file);
  if (header.ok()) return DecodeWhole(file, *header, options);
  if (!HasEveryScan(file)) return header.status();
  // With an end marker, a file that lacks nothing else is decoded without a warning.
  std::vector<std::byte> ended(file.begin(), file.end());
  if (ended.back() == std::byte{0xff}) ended.pop_back();
  ended.insert(ended.end(), {std::byte{0xff}, std::byte{0xd9}});
  const auto mended = ReadJpegHeader(ended);
  return mended.ok() ? DecodeWhole(ended, *mended, options) : header.status();
}

}  // namespace hashlens
