// The names of a classifier's classes, and the classes above them: classes.json of a model package.
// docs/FORMAT.md, "Class names", is its specification.
#ifndef HASHLENS_MODEL_CLASS_NAMES_H_
#define HASHLENS_MODEL_CLASS_NAMES_H_

#include <string>
#include <string_view>
#include <vector>

#include "hashlens/status.h"

namespace hashlens {

inline constexpr int kMaxClassNames = 1 << 16;

struct ClassName {
  std::string name;  // for people: a line of up to 200 bytes of UTF-8; several may be the same
  std::string id;    // in the classes' own vocabulary, such as "n02099601" of WordNet; may be empty
  int upper = -1;    // index of the class above it, behind this one; -1: none
};

struct ClassNames {
  int classes = 0;               // that the classifier tells
  std::vector<ClassName> nodes;  // those first, in the classifier's order, then upper ones
  std::string notice;            // of whom the names are from; up to 16 KiB of UTF-8

  std::string_view NameOf(int node) const { return nodes[static_cast<size_t>(node)].name; }
};

// One name a line, without upper classes; empty lines at the end do not count. A line that begins
// with a WordNet id, "n02099601 golden retriever", has that as its id. kInvalidArgument names the
// line; messages carry no path.
Result<ClassNames> ClassNamesOfLines(std::string_view text);
// Of names that stand in a list, made fit: invalid UTF-8 and control bytes as \xNN, cut at 200
// bytes.
ClassNames ClassNamesOf(const std::vector<std::string>& names);

// The same names give the same bytes.
std::string SerializeClassNames(const ClassNames& names);
// kCorruption with what is wrong, kUnsupported for an intact newer version. No path.
Result<ClassNames> ParseClassNames(std::string_view text);

}  // namespace hashlens

#endif  // HASHLENS_MODEL_CLASS_NAMES_H_
