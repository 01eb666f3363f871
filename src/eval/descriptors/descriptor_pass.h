// Classical descriptors of many pictures.
#ifndef HASHLENS_EVAL_DESCRIPTORS_DESCRIPTOR_PASS_H_
#define HASHLENS_EVAL_DESCRIPTORS_DESCRIPTOR_PASS_H_

#include <array>

#include "eval/descriptors.h"

namespace hashlens {

// One row a picture.
struct Descriptors {
  Vectors colours;  // square roots of shares, so that Euclidean distance orders as Hellinger's
  Vectors gist;
  Vectors words;                         // square roots of shares
  std::array<double, 3> milliseconds{};  // to make one of each, mean
};

// A vocabulary of grid SIFT from pictures of the database. kCancelled, or what is wrong with a
// picture.
Result<Vectors> MakeVocabulary(const PictureInput& input, uint64_t seed);

// Of the pictures of a side.
Result<Descriptors> Describe(const PictureInput& input, const FeatureSet& side,
                             const Vectors& vocabulary, std::string_view stage);

}  // namespace hashlens

#endif  // HASHLENS_EVAL_DESCRIPTORS_DESCRIPTOR_PASS_H_
