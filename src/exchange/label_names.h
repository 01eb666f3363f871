// Names of labels. Internal to src/exchange.
#ifndef HASHLENS_EXCHANGE_LABEL_NAMES_H_
#define HASHLENS_EXCHANGE_LABEL_NAMES_H_

#include <optional>
#include <string>
#include <vector>

#include "base/file.h"

namespace hashlens {

// What stands for a label in a tag.
class LabelNames {
 public:
  // One name a line, for labels from 0 on. An empty path: digits.
  static Result<LabelNames> Read(const Path& file);
  // Its digits where it has no name.
  std::string Of(int64_t label);
  // Of a label as a list has it; what is no number stands for itself.
  std::string OfText(const std::string& label);
  // Not ok when that happened to a label beyond the names: "FILE: has no name for the label 7".
  Status Complete() const;

 private:
  Path file_;
  std::vector<std::string> names_;
  std::optional<int64_t> unnamed_;  // the first
};

}  // namespace hashlens

#endif  // HASHLENS_EXCHANGE_LABEL_NAMES_H_
