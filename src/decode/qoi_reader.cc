#include "decode/qoi_reader.h"

#include <algorithm>
#include <array>

#include "base/try.h"

namespace hashlens {
namespace {

constexpr size_t kHeaderBytes = 14;
constexpr size_t kMostRun = 62;  // pixels that one byte can stand for

struct Pixel {
  uint8_t red = 0, green = 0, blue = 0, alpha = 255;
};

size_t Place(Pixel p) { return (p.red * 3U + p.green * 5U + p.blue * 7U + p.alpha * 11U) % 64; }

// The pixels of the next operation.
class Operations {
 public:
  explicit Operations(ByteSpan bytes) : bytes_(bytes) {}

  // How often the new pixel stands there; 0 at the end of the bytes.
  size_t Next(Pixel* pixel) {
    const int first = Byte();
    if (first < 0) return 0;
    size_t count = 1;
    if (first == 0xfe || first == 0xff) {
      const size_t needed = first == 0xff ? 4 : 3;
      if (bytes_.size() - at_ < needed) return 0;
      *pixel = {Taken(), Taken(), Taken(), first == 0xff ? Taken() : pixel->alpha};
    } else if (first >> 6 == 0) {
      *pixel = seen_[static_cast<size_t>(first)];
    } else if (first >> 6 == 1) {
      Add(pixel, (first >> 4 & 3) - 2, (first >> 2 & 3) - 2, (first & 3) - 2);
    } else if (first >> 6 == 2) {
      const int second = Byte();
      if (second < 0) return 0;
      const int green = (first & 63) - 32;
      Add(pixel, green - 8 + (second >> 4), green, green - 8 + (second & 15));
    } else {
      count = static_cast<size_t>(first & 63) + 1;
    }
    seen_[Place(*pixel)] = *pixel;
    return count;
  }

 private:
  int Byte() { return at_ < bytes_.size() ? std::to_integer<int>(bytes_[at_++]) : -1; }
  uint8_t Taken() { return std::to_integer<uint8_t>(bytes_[at_++]); }
  static void Add(Pixel* pixel, int red, int green, int blue) {
    pixel->red = static_cast<uint8_t>(pixel->red + red);
    pixel->green = static_cast<uint8_t>(pixel->green + green);
    pixel->blue = static_cast<uint8_t>(pixel->blue + blue);
  }

  const ByteSpan bytes_;
  size_t at_ = 0;
  std::array<Pixel, 64> seen_ = [] {
    std::array<Pixel, 64> none;
    none.fill({0, 0, 0, 0});
    return none;
  }();
};

}  // namespace

Result<Raster> ReadQoi(ByteSpan file, uint64_t max_pixels) {
  if (file.size() < kHeaderBytes) return Corruption("the file ends in its header");
  Raster raster;
  // One over 2^31 is over every limit.
  const auto side = [&](size_t at) {
    return static_cast<int>(
        std::min<uint32_t>(LoadBigEndian<uint32_t>(file.data() + at), INT32_MAX));
  };
  raster.width = side(4);
  raster.height = side(8);
  const auto channels = std::to_integer<int>(file[12]);
  if (channels != 3 && channels != 4)
    return Corruption(std::to_string(channels) + " samples a pixel");
  if (channels == 4) raster.alpha = RasterAlpha::kStraight;
  HL_TRY(CheckSize(raster, max_pixels));
  const auto pixels = static_cast<uint64_t>(raster.width) * static_cast<uint64_t>(raster.height);
  if ((file.size() - kHeaderBytes) * kMostRun < pixels / 3) return Corruption(kEndsEarly);
  HL_TRY(MakeRoom(&raster, max_pixels));
  Operations operations(file.subspan(kHeaderBytes));
  const auto bands = static_cast<size_t>(channels);
  std::byte* to = raster.samples.data();
  Pixel pixel;
  for (uint64_t done = 0; done < pixels;) {
    const size_t run = operations.Next(&pixel);
    if (run == 0) {
      NoteDamage(&raster, static_cast<int>(done / static_cast<uint64_t>(raster.width)), kEndsEarly);
      break;
    }
    for (const uint64_t end = std::min(done + run, pixels); done < end; ++done, to += bands) {
      to[0] = std::byte{pixel.red};
      to[1] = std::byte{pixel.green};
      to[2] = std::byte{pixel.blue};
      if (bands == 4) to[3] = std::byte{pixel.alpha};
    }
  }
  return raster;
}

}  // namespace hashlens
