#include "source/raw_picture.h"

#include <algorithm>
#include <cmath>

namespace hashlens {

Result<uint64_t> PixelValues(const PixelLayout& layout, uint64_t max_pixels) {
  const auto& [channels, height, width, planar, rgb] = layout;
  const std::string shape =
      std::to_string(channels) + " x " + std::to_string(height) + " x " + std::to_string(width);
  if (channels != 1 && channels != 3)
    return InvalidArgument("no picture: channels x height x width are " + shape +
                           ", and pictures have 1 or 3 channels");
  if (height < 1 || width < 1)
    return InvalidArgument("no picture: channels x height x width are " + shape);
  if (static_cast<uint64_t>(height) > max_pixels / static_cast<uint64_t>(width))
    return InvalidArgument(std::to_string(width) + "x" + std::to_string(height) +
                           " pixels, over the limit of " + std::to_string(max_pixels));
  return static_cast<uint64_t>(channels) * static_cast<uint64_t>(height) *
         static_cast<uint64_t>(width);
}

std::string PnmOf(const PixelLayout& layout, std::string_view pixels) {
  const auto count = static_cast<size_t>(layout.height) * static_cast<size_t>(layout.width);
  const auto channels = static_cast<size_t>(layout.channels);
  std::string file = (channels == 1 ? "P5\n" : "P6\n") + std::to_string(layout.width) + " " +
                     std::to_string(layout.height) + "\n255\n";
  const size_t header = file.size();
  file.resize(header + count * channels);
  for (size_t c = 0; c < channels; ++c) {
    const size_t from = layout.rgb || channels == 1 ? c : channels - 1 - c;
    for (size_t i = 0; i < count; ++i) {
      file[header + i * channels + c] =
          pixels[layout.planar ? from * count + i : i * channels + from];
    }
  }
  return file;
}

Result<std::string> PixelsOf(std::span<const float> numbers) {
  float most = 0;
  for (const float number : numbers) {
    if (!(number >= 0 && number <= 255))
      return InvalidArgument("no picture: its numbers are not all of 0 to 255, or of 0 to 1");
    most = std::max(most, number);
  }
  const float scale = most <= 1 ? 255.0F : 1.0F;
  std::string pixels(numbers.size(), '\0');
  for (size_t i = 0; i < numbers.size(); ++i)
    pixels[i] = static_cast<char>(static_cast<unsigned char>(std::lround(numbers[i] * scale)));
  return pixels;
}

}  // namespace hashlens
