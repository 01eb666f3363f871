// Database and queries brought together.
#ifndef HASHLENS_EVAL_SIDES_H_
#define HASHLENS_EVAL_SIDES_H_

#include <optional>
#include <string>
#include <vector>

#include "data/labelled_set.h"
#include "eval/relevance.h"

namespace hashlens {

// Labels of both sides as numbers of one list.
struct Sides {
  std::vector<std::string> classes;  // sorted; of either side
  std::vector<LabelledPicture> database;
  std::vector<LabelledPicture> queries;
  std::vector<std::string> unreadable_database;  // as LabelledSet has them
  std::vector<std::string> unreadable_queries;
};
Sides JoinSides(LabelledSet database, LabelledSet queries);

// In an order that the seed decides.
void ShufflePictures(std::vector<LabelledPicture>* pictures, uint64_t seed);

// For each query the database row with the same file (also by another name) or record, if any.
std::vector<std::optional<uint32_t>> OwnRows(const std::vector<LabelledPicture>& database,
                                             const std::vector<LabelledPicture>& queries);

// How many classes the pictures have between them.
size_t CountClasses(const std::vector<LabelledPicture>& pictures, size_t classes);

// Labels in the form that Relevance takes.
std::vector<std::vector<int>> LabelsOf(const std::vector<LabelledPicture>& pictures);

}  // namespace hashlens

#endif  // HASHLENS_EVAL_SIDES_H_
