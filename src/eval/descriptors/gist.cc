#include "eval/descriptors/gist.h"

#include <cmath>
#include <numbers>
#include <opencv2/imgproc.hpp>

#include "eval/descriptors/opencv_image.h"

namespace hashlens {
namespace {

constexpr int kSide = 128;
constexpr int kBorder = 16;  // mirrored, so that the transform's edges meet
constexpr int kPadded = kSide + 2 * kBorder;

// Evens out light and contrast, as the authors' program does before the filters: the logarithm less
// its blur, divided by its local deviation. The blur keeps 4 cycles a picture.
cv::Mat Prefiltered(const cv::Mat& grey) {
  const double cut = 4 / std::sqrt(std::numbers::ln2);
  const double sigma = kSide / (std::numbers::sqrt2 * std::numbers::pi * cut);
  const auto blur = [&](const cv::Mat& in) {
    cv::Mat out;
    cv::GaussianBlur(in, out, {0, 0}, sigma, sigma, cv::BORDER_REFLECT);
    return out;
  };
  cv::Mat light;
  grey.convertTo(light, CV_32F, 1, 1);
  cv::log(light, light);
  light -= blur(light);
  cv::Mat deviation = blur(light.mul(light));
  cv::sqrt(deviation, deviation);
  return light / (deviation + 0.2);
}

// Of the Fourier transform, real and the same for both of its channels.
cv::Mat GaborFilter(int scale, int direction) {
  const double centre = 0.3 / std::pow(1.85, scale);  // cycles a pixel
  const double narrowness = 16.0 * Gist::kDirections * Gist::kDirections / (32 * 32);
  const double turn = std::numbers::pi / Gist::kDirections * direction;
  cv::Mat filter(kPadded, kPadded, CV_32FC2);
  for (int row = 0; row < kPadded; ++row) {
    for (int column = 0; column < kPadded; ++column) {
      const double x = column < kPadded / 2 ? column : column - kPadded;
      const double y = row < kPadded / 2 ? row : row - kPadded;
      const double angle = std::remainder(std::atan2(y, x) + turn, 2 * std::numbers::pi);
      const double away = std::hypot(x, y) / kPadded / centre - 1;
      const auto value = static_cast<float>(
          std::exp(-10 * 0.35 * away * away - 2 * narrowness * std::numbers::pi * angle * angle));
      filter.at<cv::Vec2f>(row, column) = {value, value};
    }
  }
  return filter;
}

}  // namespace

struct Gist::Filters {
  std::vector<cv::Mat> gabor;
};

Gist::Gist() {
  auto filters = std::make_unique<Filters>();
  for (int scale = 0; scale < kScales; ++scale) {
    for (int direction = 0; direction < kDirections; ++direction)
      filters->gabor.push_back(GaborFilter(scale, direction));
  }
  filters_ = std::move(filters);
}

Gist::~Gist() = default;

std::vector<float> Gist::Describe(const Image& image) const {
  cv::Mat padded, spectrum, filtered, answer, strength, grid;
  cv::copyMakeBorder(Prefiltered(GreySquare(image, kSide)), padded, kBorder, kBorder, kBorder,
                     kBorder, cv::BORDER_REFLECT);
  cv::dft(padded, spectrum, cv::DFT_COMPLEX_OUTPUT);
  const cv::Rect inner(kBorder, kBorder, kSide, kSide);
  std::vector<float> numbers;
  numbers.reserve(kDim);
  for (const cv::Mat& gabor : filters_->gabor) {
    cv::multiply(spectrum, gabor, filtered);
    cv::dft(filtered, answer, cv::DFT_INVERSE | cv::DFT_SCALE);
    cv::Mat parts[2];
    cv::split(answer(inner), parts);
    cv::magnitude(parts[0], parts[1], strength);
    cv::resize(strength, grid, {kGrid, kGrid}, 0, 0, cv::INTER_AREA);
    numbers.insert(numbers.end(), grid.begin<float>(), grid.end<float>());
  }
  return numbers;
}

}  // namespace hashlens
