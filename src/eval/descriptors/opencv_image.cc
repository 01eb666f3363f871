#include "eval/descriptors/opencv_image.h"

#include <opencv2/imgproc.hpp>

namespace hashlens {

cv::Mat ViewOf(const Image& image) {
  return {image.height, image.width, CV_8UC3, const_cast<uint8_t*>(image.rgb.data())};
}

cv::Mat GreySquare(const Image& image, int side) {
  cv::Mat grey, square;
  cv::cvtColor(ViewOf(image), grey, cv::COLOR_RGB2GRAY);
  const bool smaller = image.width > side && image.height > side;
  cv::resize(grey, square, {side, side}, 0, 0, smaller ? cv::INTER_AREA : cv::INTER_CUBIC);
  return square;
}

}  // namespace hashlens
