// Random variants of a picture, so that the network learns what is shown and not the pixels.
#ifndef HASHLENS_TRAIN_AUGMENT_H_
#define HASHLENS_TRAIN_AUGMENT_H_

#include <cstdint>
#include <span>

#include "image/image.h"
#include "model/model_package.h"

namespace hashlens {

struct AugmentOptions {
  // A box of at least this share of the picture's area, sides 3:4 to 4:3; 1 takes the whole
  // picture.
  double min_area = 0.5;
  bool flip = true;  // left and right changed in every other picture
  double erase =
      0.5;  // share of the pictures in which a square of a quarter of the side is blanked
  // As Caffe's data layer: the whole picture is stretched to S x S, S = size / crop_fraction of
  // NetworkInput, and a window of size x size is taken anywhere in it, without min_area.
  bool window = false;
};

// Turns a picture into the network's input of size x size pixels, normalised as `input` says:
// out has 3 * size * size floats, channels last. The same seed gives the same variant. Thread-safe.
void AugmentedInput(const Image& image, const AugmentOptions& options, const NetworkInput& input,
                    int size, uint64_t seed, std::span<float> out);

// The same without chance: the centred square as search sees it (CropToSquare).
void PlainInput(const Image& image, const NetworkInput& input, int size, std::span<float> out);

}  // namespace hashlens

#endif  // HASHLENS_TRAIN_AUGMENT_H_
