// Which database rows are right answers to which queries.
#ifndef HASHLENS_EVAL_RELEVANCE_H_
#define HASHLENS_EVAL_RELEVANCE_H_

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <vector>

namespace hashlens {

// What a database row is to a query.
enum class Answer : uint8_t {
  kWrong,
  kRight,
  kItself,  // the query's own picture: no answer at all
};

// Immutable, thread-safe.
class Relevance {
 public:
  // labels: of each row; the same numbers on both sides, 0..classes-1. own: for each query its row
  // in the database, if it is there; empty when no query is.
  Relevance(size_t classes, std::vector<std::vector<int>> database_labels,
            std::vector<std::vector<int>> query_labels,
            std::vector<std::optional<uint32_t>> own = {});

  size_t rows() const { return rows_; }
  size_t queries() const { return query_labels_.size(); }
  // Fills answers (rows()) and says how many are right.
  size_t Mark(size_t query, std::span<Answer> answers) const;
  std::optional<uint32_t> Own(size_t query) const;

 private:
  size_t rows_;
  std::vector<std::vector<uint32_t>> rows_of_class_;
  std::vector<std::vector<int>> query_labels_;
  std::vector<std::optional<uint32_t>> own_;
};

}  // namespace hashlens

#endif  // HASHLENS_EVAL_RELEVANCE_H_
