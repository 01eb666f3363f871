// Descriptors of pictures made without a network, for comparison only (`hashlens eval
// --baselines`). src/eval/descriptors is built where OpenCV is installed; no_descriptors.cc stands
// in for it elsewhere.
#ifndef HASHLENS_EVAL_DESCRIPTORS_H_
#define HASHLENS_EVAL_DESCRIPTORS_H_

#include "eval/baselines.h"
#include "eval/picture_pass.h"
#include "hashlens/options.h"

namespace hashlens {

struct PictureInput {
  const FeatureSet& database;
  const FeatureSet& queries;
  const Limits& limits;
  PassOptions pass;
};

// Adds an HSV histogram, GIST and SIFT words, each by linear scan; or a note that this build lacks
// them. kCancelled; kIoError and others, naming the file, when a picture that gave a feature cannot
// be read again.
Status AddDescriptors(const BaselineInput& input, const PictureInput& pictures, EvalReport* report);

}  // namespace hashlens

#endif  // HASHLENS_EVAL_DESCRIPTORS_H_
