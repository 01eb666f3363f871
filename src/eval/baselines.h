// Other ways of finding pictures, for comparison only. They live in src/eval/baselines, which is
// built where its libraries are installed.
#ifndef HASHLENS_EVAL_BASELINES_H_
#define HASHLENS_EVAL_BASELINES_H_

#include <cstdint>
#include <string>

#include "eval/core.h"
#include "eval/picture_pass.h"
#include "hashlens/eval.h"

namespace hashlens {

struct BaselineInput {
  const Relevance& relevance;
  const FeatureSet& database;
  const FeatureSet& queries;
  int bits;  // of codes
  uint64_t seed;
  const Limits& limits;
  PassOptions pass;
  CoreOptions core;
};

// Empty when this build has them, else what to do about it.
std::string WhyNoBaselines();

// Adds methods, and notes on those that could not be used.
Status AddBaselines(const BaselineInput& input, EvalReport* report);

}  // namespace hashlens

#endif  // HASHLENS_EVAL_BASELINES_H_
