// Other ways of finding pictures, for comparison only (`hashlens eval --baselines`). The product
// uses none of this.
#ifndef HASHLENS_EVAL_BASELINES_H_
#define HASHLENS_EVAL_BASELINES_H_

#include <cstdint>
#include <vector>

#include "eval/core.h"
#include "hashlens/eval.h"

namespace hashlens {

struct BaselineInput {
  const Relevance& relevance;
  const Features& database;
  const Features& queries;
  int bits;  // of codes
  uint64_t seed;
  CoreOptions core;
};

// Adds methods; and notes on those that this build has no library for.
Status AddBaselines(const BaselineInput& input, EvalReport* report);

// ---- the parts ----

// LSH, PCA signs, ITQ and IsoHash fitted to the database, by Hamming distance. One that cannot be
// fitted, as to fewer rows than bits, becomes a note.
Status AddHashBaselines(const BaselineInput& input, EvalReport* report);

// Spherical hashing (Heo et al. 2012): bit i is whether a row lies in the i-th of `bits` spheres,
// whose centres are moved until each holds half of the rows and every two share a quarter.
struct Spheres {
  Vectors centres;             // bits x dim
  std::vector<float> squares;  // of the radii, one a sphere
};
Spheres FitSpheres(const Vectors& rows, int bits, uint64_t seed);
Codes CodesOf(const Spheres& spheres, const Vectors& rows, int threads);
// Ranked by the paper's own distance, |a xor b| / |a and b|.
Status AddSphericalHashing(const BaselineInput& input, EvalReport* report);

// Features compressed by PCA ("neural codes", Babenko et al. 2014), by Euclidean distance.
Status AddCompressedFeatures(const BaselineInput& input, EvalReport* report);

// Approximate search of the full features by trees: best-bin-first in FLANN's forest of k-d trees,
// and ANN's balanced box-decomposition tree.
Status AddTrees(const BaselineInput& input, EvalReport* report);

}  // namespace hashlens

#endif  // HASHLENS_EVAL_BASELINES_H_
