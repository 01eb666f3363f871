// How well a head finds the pictures of a class, to choose between heads.
#ifndef HASHLENS_TRAIN_HEAD_CHOICE_H_
#define HASHLENS_TRAIN_HEAD_CHOICE_H_

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "hash/hash_head.h"

namespace hashlens {

struct LabelledCodes {
  std::span<const float> features;              // rows x dim, of unit length
  const std::vector<std::vector<int>>* labels;  // of each row, ascending
};

// mAP@1000 by code: of each query's nearest 1000 database rows, precision averaged over the
// relevant ones (those with a label in common), 0 without any; the mean over queries. None when
// there is nothing to judge by. Rows at the same distance come in an order that `seed` decides.
std::optional<double> HeldOutMap(const HashHead& head, const LabelledCodes& database,
                                 const LabelledCodes& queries, uint64_t seed);

// What a random order, the one that `seed` decides, has in the place of HeldOutMap.
std::optional<double> ChanceMap(const std::vector<std::vector<int>>& database,
                                const std::vector<std::vector<int>>& queries, uint64_t seed);

// What is wrong with codes that are good for nothing, or nearly: one for all of the database, or a
// mAP hardly better than `chance`. Empty when nothing is.
std::string Complaint(const HashHead& head, std::span<const float> database,
                      std::optional<double> map, std::optional<double> chance);

}  // namespace hashlens

#endif  // HASHLENS_TRAIN_HEAD_CHOICE_H_
