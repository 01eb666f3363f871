#include "eval/relevance.h"

#include <algorithm>
#include <cassert>

namespace hashlens {

Relevance::Relevance(size_t classes, std::vector<std::vector<int>> database_labels,
                     std::vector<std::vector<int>> query_labels,
                     std::vector<std::optional<uint32_t>> own)
    : rows_(database_labels.size()),
      rows_of_class_(classes),
      query_labels_(std::move(query_labels)),
      own_(std::move(own)) {
  assert(own_.empty() || own_.size() == query_labels_.size());
  for (size_t row = 0; row < rows_; ++row) {
    for (const int label : database_labels[row])
      rows_of_class_[static_cast<size_t>(label)].push_back(static_cast<uint32_t>(row));
  }
}

std::optional<uint32_t> Relevance::Own(size_t query) const {
  return own_.empty() ? std::nullopt : own_[query];
}

size_t Relevance::Mark(size_t query, std::span<Answer> answers) const {
  assert(answers.size() == rows_);
  std::fill(answers.begin(), answers.end(), Answer::kWrong);
  size_t right = 0;
  for (const int label : query_labels_[query]) {
    for (const uint32_t row : rows_of_class_[static_cast<size_t>(label)]) {
      right += answers[row] == Answer::kWrong ? 1 : 0;
      answers[row] = Answer::kRight;
    }
  }
  if (const auto own = Own(query)) {
    right -= answers[*own] == Answer::kRight ? 1 : 0;
    answers[*own] = Answer::kItself;
  }
  return right;
}

}  // namespace hashlens
