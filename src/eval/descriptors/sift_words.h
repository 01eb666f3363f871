// A picture as a bag of visual words (Sivic and Zisserman 2003, "Video Google"; Csurka et al.
// 2004): SIFT (Lowe 2004) at the points of a grid, each the nearest word of a vocabulary.
#ifndef HASHLENS_EVAL_DESCRIPTORS_SIFT_WORDS_H_
#define HASHLENS_EVAL_DESCRIPTORS_SIFT_WORDS_H_

#include <cstddef>
#include <cstdint>
#include <vector>

#include "eval/matrices.h"
#include "hashlens/status.h"
#include "image/image.h"

namespace hashlens {

// 14 x 14 descriptors of 128 numbers, of the picture brought to 128 x 128, 8 pixels apart.
Vectors GridSift(const Image& image);

// The centres of k-means: at most `words`, and at most a quarter of the descriptors. At least 4
// descriptors. Uses OpenCV's global random numbers.
Vectors SiftVocabulary(const Vectors& descriptors, size_t words, uint64_t seed);

// The share of each word among the descriptors of one picture; they sum to 1.
std::vector<float> WordShares(const Vectors& vocabulary, const Vectors& descriptors);

}  // namespace hashlens

#endif  // HASHLENS_EVAL_DESCRIPTORS_SIFT_WORDS_H_
