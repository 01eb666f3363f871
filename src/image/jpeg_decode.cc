#include "image/jpeg_decode.h"

#include <algorithm>
#include <array>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/damage.h"
#include "base/icc.h"
#include "base/jpeg_pixels.h"
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

// Whether the scans that are there bring every bit of every coefficient, and their pixels are known
// to be whole when libjpeg has nothing to say: without it, a progressive
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
      if (marker >= 0xc9) return false;  // arithmetic: nothing tells where its pixels end
      progressive = marker == 0xc2;
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

// Of what its own header says, libjpeg-turbo can make sRGB.
bool IsPlain(const JpegHeader& header) {
  return (header.components == 1 || header.components == 3) &&
         ClassifyProfile(header.icc, header.components) != ProfileKind::kOther;
}

// `whole`: every scan is there.
Result<DecodedImage> DecodeKnown(ByteSpan file, const JpegHeader& header, bool whole,
                                 const DecodeOptions& options) {
  HL_TRY(CheckPixels(static_cast<uint64_t>(header.width), static_cast<uint64_t>(header.height),
                     options));
  const int scan_limit =
      ScanLimit(static_cast<uint64_t>(header.width) * static_cast<uint64_t>(header.height));
  if (header.scans > scan_limit) {
    return InvalidArgument("jpeg: " + std::to_string(header.scans) +
                           " scans are over the limit of " + std::to_string(scan_limit));
  }
  static constexpr char kEndsEarly[] = "jpeg: the file ends before the picture does";
  // A denominator of 0: the other process looks at colours and profile itself.
  const bool plain = IsPlain(header);
  const int denominator =
      plain ? JpegDenominatorFor(std::min(header.width, header.height), options.min_short_side) : 0;
  const auto apart = [&]() -> Result<DecodedImage> {
    const KnownJpeg known = {denominator, header.orientation};
    HL_ASSIGN(DecodedImage decoded, DecodeApart(file, ImageFormat::kJpeg, options, &known));
    if (!whole && decoded.damage.empty()) decoded.damage = kEndsEarly;
    return decoded;
  };
  if (!plain || options.isolate_jpeg) return apart();
  Image image;
  const auto read = ReadJpegPixels(file, {denominator}, [&](const JpegPixels& sizes) -> uint8_t* {
    // What both headers say must be the same picture.
    if (sizes.original_width != header.width || sizes.original_height != header.height)
      return nullptr;
    image.width = sizes.width;
    image.height = sizes.height;
    image.rgb.resize(size_t{3} * static_cast<size_t>(image.width) *
                     static_cast<size_t>(image.height));
    return image.rgb.data();
  });
  if (!read) return whole ? apart() : Corruption(kEndsEarly);
  if (!read->ok()) return read->status();
  DecodedImage decoded;
  const JpegPixels& pixels = **read;
  // Of a progressive picture whose last scans are missing every pixel is there, but coarsely.
  const bool coarse = !whole && pixels.damage.empty();
  HL_TRY(KeepDamaged(coarse ? kEndsEarly : pixels.damage,
                     coarse ? pixels.height : pixels.whole_rows, pixels.height, options.lenient,
                     &decoded.damage));
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
  if (header.ok()) return DecodeKnown(file, *header, true, options);
  const bool whole = HasEveryScan(file);
  if (!whole && !options.lenient) return header.status();
  // With an end marker, a file that lacks nothing else is decoded without a warning.
  std::vector<std::byte> ended(file.begin(), file.end());
  if (ended.back() == std::byte{0xff}) ended.pop_back();
  ended.insert(ended.end(), {std::byte{0xff}, std::byte{0xd9}});
  const auto mended = ReadJpegHeader(ended);
  return mended.ok() ? DecodeKnown(ended, *mended, whole, options) : header.status();
}

}  // namespace hashlens
