#include "decode/exr_reader.h"

#include <ImfIO.h>
#include <ImfRgbaFile.h>

#include <algorithm>
#include <cstring>
#include <exception>
#include <stdexcept>
#include <string>
#include <vector>

#include "base/text.h"
#include "base/try.h"

namespace hashlens {
namespace {

class MemoryStream : public Imf::IStream {
 public:
  explicit MemoryStream(ByteSpan file) : Imf::IStream("picture"), file_(file) {}
  // Throws when so many bytes are not there, as OpenEXR asks for.
  bool read(char to[], int bytes) override {
    if (bytes < 0 || static_cast<uint64_t>(bytes) > file_.size() - at_)
      throw std::runtime_error("the file ends before the picture does");
    std::memcpy(to, file_.data() + at_, static_cast<size_t>(bytes));
    at_ += static_cast<uint64_t>(bytes);
    return at_ < file_.size();
  }
  uint64_t tellg() override { return at_; }
  void seekg(uint64_t place) override { at_ = std::min<uint64_t>(place, file_.size()); }
  void clear() override {}

 private:
  const ByteSpan file_;
  uint64_t at_ = 0;
};

// OpenEXR multiplies alpha into the colours, and nothing else than light may be divided by it.
void PutPixel(const Imf::Rgba& pixel, bool alpha, std::byte* to) {
  const float opacity = pixel.a;
  const float by = alpha && opacity > 0 ? opacity : 1;
  const float samples[] = {pixel.r / by, pixel.g / by, pixel.b / by, opacity};
  std::memcpy(to, samples, alpha ? 16 : 12);
}

Result<Raster> Read(ByteSpan file, uint64_t max_pixels) {
  MemoryStream stream(file);
  Imf::RgbaInputFile input(stream, 0);
  const Imath::Box2i data = input.dataWindow(), display = input.displayWindow();
  // A window that shows nothing of the data is a mistake.
  const bool overlap = data.min.x <= display.max.x && data.max.x >= display.min.x &&
                       data.min.y <= display.max.y && data.max.y >= display.min.y;
  const Imath::Box2i shown = overlap ? display : data;
  const int64_t width = int64_t{shown.max.x} - shown.min.x + 1;
  const int64_t height = int64_t{shown.max.y} - shown.min.y + 1;
  const int64_t row_pixels = int64_t{data.max.x} - data.min.x + 1;
  if (width <= 0 || height <= 0 || width > INT32_MAX || height > INT32_MAX || row_pixels <= 0 ||
      static_cast<uint64_t>(row_pixels) > max_pixels)
    return Corruption("the header states an impossible size");
  Raster raster;
  raster.width = static_cast<int>(width);
  raster.height = static_cast<int>(height);
  raster.type = SampleType::kFloat;
  raster.colour = RasterColour::kLinearRgb;
  const bool alpha = (input.channels() & Imf::WRITE_A) != 0;
  if (alpha) raster.alpha = RasterAlpha::kStraight;
  HL_TRY(MakeRoom(&raster, max_pixels));
  std::vector<Imf::Rgba> row(static_cast<size_t>(row_pixels));
  const size_t pixel_bytes = alpha ? 16 : 12;
  for (int y = std::max(data.min.y, shown.min.y); y <= std::min(data.max.y, shown.max.y); ++y) {
    // The base is where pixel (0, 0) would lie.
    Imf::Rgba* const base = row.data() - data.min.x;
    input.setFrameBuffer(base, 1, 0);
    input.readPixels(y);
    for (int x = std::max(data.min.x, shown.min.x); x <= std::min(data.max.x, shown.max.x); ++x) {
      const auto at = static_cast<size_t>(int64_t{y} - shown.min.y) * static_cast<size_t>(width) +
                      static_cast<size_t>(int64_t{x} - shown.min.x);
      PutPixel(row[static_cast<size_t>(int64_t{x} - data.min.x)], alpha,
               &raster.samples[at * pixel_bytes]);
    }
  }
  return raster;
}

}  // namespace

Result<Raster> ReadExr(ByteSpan file, uint64_t max_pixels) {
  try {
    return Read(file, max_pixels);
  } catch (const std::bad_alloc&) {
    throw;  // the worker tells it apart
  } catch (const std::exception& error) {
    return Corruption(Printable(error.what()));
  }
}

}  // namespace hashlens
