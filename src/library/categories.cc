#include "library/categories.h"

#include <algorithm>
#include <numeric>
#include <utility>

#include "base/file.h"
#include "base/try.h"
#include "library/jobs.h"

namespace hashlens {
namespace {

// Which head the classifier reads; none for one of features.
Result<std::optional<HashHead>> HeadOf(const ModelPackage& package, const Classifier& classifier) {
  std::optional<HashHead> head;
  if (classifier.input == ClassifierInput::kFeature) return head;
  const auto found = std::ranges::find(package.heads, classifier.bits, &PackagedHead::bits);
  if (found == package.heads.end()) {
    return Corruption(Printable(package.folder) + ": the classifier reads a head of " +
                      std::to_string(classifier.bits) + " bits, which the model does not have");
  }
  HL_ASSIGN(head, LoadPackageHead(package, *found));
  return head;
}

}  // namespace

CategoryMaker::CategoryMaker(Classifier classifier, std::optional<HashHead> head, ClassNames names,
                             std::shared_ptr<const Reduction> reduction)
    : classifier_(std::move(classifier)),
      head_(std::move(head)),
      names_(std::move(names)),
      reduction_(std::move(reduction)) {}

Result<CategoryMaker> CategoryMaker::Load(const ModelPackage& package,
                                          std::shared_ptr<const Reduction> reduction) {
  if (!package.classifier) {
    return InvalidArgument("model " + package.name +
                           " has no classifier and tells no categories; `hashlens model list` "
                           "shows which models have one");
  }
  HL_ASSIGN(const std::vector<std::byte> bytes, ReadClassifierFile(package));
  HL_ASSIGN(ClassNames names, ReadClassNames(package));
  auto classifier = ParseClassifier(bytes);
  if (!classifier.ok()) {
    return Status(classifier.status().code(),
                  Printable(package.folder) + ": " + classifier.status().message());
  }
  if (classifier->classes != names.classes ||
      (classifier->input == ClassifierInput::kFeature && classifier->columns != package.dim)) {
    return Corruption(
        Printable(package.folder) + ": the classifier has " + std::to_string(classifier->classes) +
        " rows of " + std::to_string(classifier->columns) + " numbers for " +
        std::to_string(names.classes) + " classes and features of " + std::to_string(package.dim));
  }
  HL_ASSIGN(std::optional<HashHead> head, HeadOf(package, *classifier));
  return CategoryMaker(std::move(*classifier), std::move(head), std::move(names),
                       std::move(reduction));
}

std::vector<double> CategoryMaker::Probabilities(std::span<const float> feature,
                                                 double length) const {
  const HashHead* head = head_ ? &*head_ : nullptr;
  if (!reduction_) return ClassProbabilities(classifier_, head, feature, length);
  return ClassProbabilities(classifier_, head, Expand(*reduction_, feature), length);
}

std::vector<Category> CategoryMaker::Top(std::span<const float> feature, double length,
                                         size_t top) const {
  const std::vector<double> probabilities = Probabilities(feature, length);
  std::vector<size_t> order(probabilities.size());
  std::iota(order.begin(), order.end(), size_t{0});
  const auto end = order.begin() + static_cast<ptrdiff_t>(std::min(top, order.size()));
  std::partial_sort(order.begin(), end, order.end(), [&](size_t a, size_t b) {
    return std::pair(-probabilities[a], a) < std::pair(-probabilities[b], b);
  });
  std::vector<Category> categories;
  for (auto at = order.begin(); at != end; ++at)
    categories.push_back({names_.nodes[*at].name, names_.nodes[*at].id, probabilities[*at]});
  return categories;
}

}  // namespace hashlens
