// Parts of a labelled set that keep its classes in proportion.
#ifndef HASHLENS_DATA_SPLIT_H_
#define HASHLENS_DATA_SPLIT_H_

#include <cstddef>
#include <cstdint>

#include "data/labelled_set.h"

namespace hashlens {

// Parts have all the classes of the set, so that labels mean the same, and keep its order of
// pictures. The same set and seed give the same parts on every platform. A picture with several
// labels counts as of the one that the fewest pictures have, so that rare classes are not lost;
// those without a label are a class of their own here.

struct SplitSet {
  LabelledSet rest;
  LabelledSet held_out;
};
// Holds out fraction (0 to 1) of each class, rounded to the nearest number, but never a class's
// last picture unless fraction is 1. Every picture is in exactly one part.
SplitSet SplitOff(const LabelledSet& set, double fraction, uint64_t seed);

// Up to per_class pictures of each class. The sample of a smaller per_class is part of it.
LabelledSet Sample(const LabelledSet& set, size_t per_class, uint64_t seed);

}  // namespace hashlens

#endif  // HASHLENS_DATA_SPLIT_H_
