// From features to the categories of pictures, by a model's own classifier.
#ifndef HASHLENS_LIBRARY_CATEGORIES_H_
#define HASHLENS_LIBRARY_CATEGORIES_H_

#include <memory>
#include <optional>
#include <span>
#include <vector>

#include "hash/classifier.h"
#include "hash/reduction.h"
#include "hashlens/types.h"
#include "model/model_package.h"

namespace hashlens {

// A package's classifier with what it reads. Immutable; thread-safe.
class CategoryMaker {
 public:
  // reduction: of the features that will be given; nullptr: none. kInvalidArgument when the package
  // has no classifier, saying what to do; kCorruption when a file of it is not what it should be.
  static Result<CategoryMaker> Load(const ModelPackage& package,
                                    std::shared_ptr<const Reduction> reduction = {});

  int classes() const { return classifier_.classes; }
  const ClassNames& names() const { return names_; }

  // The probability of each class. feature: as a library stores it. length: of the network's
  // output; 0: not known, so that the typical one is taken (docs/FORMAT.md, "Classifier").
  std::vector<double> Probabilities(std::span<const float> feature, double length) const;
  // The `top` likeliest, likeliest first, equal ones in the classifier's order.
  std::vector<Category> Top(std::span<const float> feature, double length, size_t top) const;

 private:
  CategoryMaker(Classifier classifier, std::optional<HashHead> head, ClassNames names,
                std::shared_ptr<const Reduction> reduction);

  Classifier classifier_;
  std::optional<HashHead> head_;
  ClassNames names_;
  std::shared_ptr<const Reduction> reduction_;
};

}  // namespace hashlens

#endif  // HASHLENS_LIBRARY_CATEGORIES_H_
