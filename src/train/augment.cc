#include "train/augment.h"

#include <algorithm>
#include <array>
#include <cmath>

#include "base/random.h"
#include "image/preprocess.h"

namespace hashlens {
namespace {

constexpr int kAttempts = 10;
constexpr double kMaxAspect = 4.0 / 3;
constexpr int kErasedPart = 4;  // of the side

Box RandomBox(int width, int height, double min_area, Random* random) {
  const double area = static_cast<double>(width) * height;
  for (int i = 0; i < kAttempts; ++i) {
    const double share = min_area + (1 - min_area) * random->Uniform();
    const double aspect = std::exp((2 * random->Uniform() - 1) * std::log(kMaxAspect));
    const double w = std::sqrt(share * area * aspect);
    const double h = std::sqrt(share * area / aspect);
    if (w > width || h > height) continue;
    const double left = random->Uniform() * (width - w);
    const double top = random->Uniform() * (height - h);
    return {left, top, std::min(left + w, static_cast<double>(width)),
            std::min(top + h, static_cast<double>(height))};
  }
  return {0, 0, static_cast<double>(width), static_cast<double>(height)};
}

// A window of size x size whole pixels, anywhere in the picture stretched to whole x whole, as a
// box in the picture itself.
Box RandomWindow(const Image& image, int size, int whole, Random* random) {
  const auto place = [&] { return std::floor(random->Uniform() * (whole - size + 1)); };
  const double left = place();
  const double top = place();
  const double across = static_cast<double>(image.width) / whole;
  const double down = static_cast<double>(image.height) / whole;
  return {left * across, top * down,
          std::min((left + size) * across, static_cast<double>(image.width)),
          std::min((top + size) * down, static_cast<double>(image.height))};
}

// A byte's value after normalising, for each channel.
using Levels = std::array<std::array<float, 256>, 3>;

Levels LevelsOf(const NetworkInput& input) {
  Levels levels;
  for (size_t c = 0; c < 3; ++c) {
    for (size_t v = 0; v < 256; ++v)
      levels[c][v] = (static_cast<float>(v) - input.mean[c]) / input.scale[c];
  }
  return levels;
}

void Normalise(const Image& pixels, const NetworkInput& input, bool mirrored,
               std::span<float> out) {
  const Levels levels = LevelsOf(input);
  const auto size = static_cast<size_t>(pixels.width);
  for (size_t y = 0; y < static_cast<size_t>(pixels.height); ++y) {
    for (size_t x = 0; x < size; ++x) {
      const uint8_t* from = &pixels.rgb[(y * size + (mirrored ? size - 1 - x : x)) * 3];
      float* to = &out[(y * size + x) * 3];
      for (size_t c = 0; c < 3; ++c) to[c] = levels[c][from[c]];
    }
  }
}

void Erase(int size, Random* random, std::span<float> out) {
  const int side = std::max(1, size / kErasedPart);
  const auto place = [&] { return static_cast<size_t>(random->Uniform() * (size - side + 1)); };
  const size_t top = place();
  const size_t left = place();
  for (size_t y = top; y < top + static_cast<size_t>(side); ++y) {
    const auto row =
        out.subspan((y * static_cast<size_t>(size) + left) * 3, static_cast<size_t>(side) * 3);
    std::ranges::fill(row, 0.0f);
  }
}

}  // namespace

void AugmentedInput(const Image& image, const AugmentOptions& options, const NetworkInput& input,
                    int size, uint64_t seed, std::span<float> out) {
  Random random(seed);
  const int whole = std::max(size, static_cast<int>(std::lround(size / input.crop_fraction)));
  const Box box = options.window ? RandomWindow(image, size, whole, &random)
                                 : RandomBox(image.width, image.height, options.min_area, &random);
  const bool mirrored = options.flip && random.Uniform() < 0.5;
  Normalise(Resample(image, box, size, size), input, mirrored, out);
  if (random.Uniform() < options.erase) Erase(size, &random, out);
}

void PlainInput(const Image& image, const NetworkInput& input, int size, std::span<float> out) {
  Normalise(CropToSquare(image, size, input.crop_fraction, input.fit), input, false, out);
}

}  // namespace hashlens
