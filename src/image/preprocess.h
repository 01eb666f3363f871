// Pixels to the network's input, the same way for ingest, query, evaluation and training.
#ifndef HASHLENS_IMAGE_PREPROCESS_H_
#define HASHLENS_IMAGE_PREPROCESS_H_

#include "base/picture_fit.h"
#include "image/image.h"

namespace hashlens {

// A rectangle in pixel coordinates of a picture; edges may fall between pixels.
struct Box {
  double left = 0;
  double top = 0;
  double right = 0;
  double bottom = 0;
};

// The part of `image` inside `box` (within the picture, not empty), resampled to width x height:
// separable bicubic (a = -0.5), with the kernel widened when shrinking so that nothing aliases.
// Deterministic: the same bytes on every machine. Works for a box under one pixel. Thread-safe.
Image Resample(const Image& image, const Box& box, int width, int height);

// kSquare: the centred square of side crop_fraction * (shorter side), resampled to input_size x
// input_size. kStretch: the whole picture resampled to S x S, S = round(input_size /
// crop_fraction), and of that the centred input_size x input_size; where the margin is odd, the
// smaller half is left and above, as Caffe has it.
Image CropToSquare(const Image& image, int input_size, double crop_fraction,
                   PictureFit fit = PictureFit::kSquare);

// The DecodeOptions::min_short_side that CropToSquare needs to lose nothing: ceil(input_size /
// crop_fraction).
int ShortSideFor(int input_size, double crop_fraction);

}  // namespace hashlens

#endif  // HASHLENS_IMAGE_PREPROCESS_H_
