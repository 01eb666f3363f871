// Colour histogram in HSV (Smith and Chang 1996, "VisualSEEk"): 18 hues, 3 saturations, 3 values,
// and 4 greys.
#ifndef HASHLENS_EVAL_DESCRIPTORS_COLOUR_HISTOGRAM_H_
#define HASHLENS_EVAL_DESCRIPTORS_COLOUR_HISTOGRAM_H_

#include <cstddef>
#include <vector>

#include "image/image.h"

namespace hashlens {

inline constexpr size_t kColourBins = 18 * 3 * 3 + 4;

// Shares of the pixels, which sum to 1. The picture has pixels.
std::vector<float> ColourHistogram(const Image& image);

}  // namespace hashlens

#endif  // HASHLENS_EVAL_DESCRIPTORS_COLOUR_HISTOGRAM_H_
