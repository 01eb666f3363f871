// Pictures as OpenCV sees them.
#ifndef HASHLENS_EVAL_DESCRIPTORS_OPENCV_IMAGE_H_
#define HASHLENS_EVAL_DESCRIPTORS_OPENCV_IMAGE_H_

#include <opencv2/core.hpp>

#include "image/image.h"

namespace hashlens {

// RGB, without a copy; not to be written to. Dies with the picture.
cv::Mat ViewOf(const Image& image);

// The whole picture in grey (8 bits), resampled to a square.
cv::Mat GreySquare(const Image& image, int side);

}  // namespace hashlens

#endif  // HASHLENS_EVAL_DESCRIPTORS_OPENCV_IMAGE_H_
