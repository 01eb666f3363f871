#include "eval/descriptors/colour_histogram.h"

#include <opencv2/imgproc.hpp>

#include "eval/descriptors/opencv_image.h"

namespace hashlens {
namespace {

constexpr size_t kGreys = 4;
constexpr int kColourless = 26;  // of 255: a tenth; below it neither hue nor saturation is seen

size_t BinOf(const cv::Vec3b& hsv) {  // hue 0..179
  const size_t hue = hsv[0] / 10, saturation = hsv[1] * 3 / 256, value = hsv[2] * 3 / 256;
  if (hsv[1] < kColourless || hsv[2] < kColourless) return hsv[2] * kGreys / 256;
  return kGreys + (hue * 3 + saturation) * 3 + value;
}

}  // namespace

std::vector<float> ColourHistogram(const Image& image) {
  cv::Mat hsv;
  cv::cvtColor(ViewOf(image), hsv, cv::COLOR_RGB2HSV);
  std::vector<size_t> counts(kColourBins);
  for (const cv::Vec3b& pixel : cv::Mat_<cv::Vec3b>(hsv)) ++counts[BinOf(pixel)];
  std::vector<float> shares(kColourBins);
  for (size_t bin = 0; bin < kColourBins; ++bin) {
    shares[bin] =
        static_cast<float>(static_cast<double>(counts[bin]) / static_cast<double>(hsv.total()));
  }
  return shares;
}

}  // namespace hashlens
