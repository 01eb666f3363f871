// Names of classes: classes.json of model packages, and lists of names (model/class_names.h).
#include "model/class_names.h"

#include "fuzz/input.h"
#include "fuzz/target.h"

namespace hashlens {
namespace {

void CheckNames(const ClassNames& names) {
  Require(names.classes >= 1 && names.nodes.size() >= static_cast<size_t>(names.classes),
          "there are as many names as classes");
  for (size_t i = 0; i < names.nodes.size(); ++i) {
    const int upper = names.nodes[i].upper;
    Require(upper < 0 || (upper > static_cast<int>(i) && upper >= names.classes &&
                          static_cast<size_t>(upper) < names.nodes.size()),
            "a class is above those before it");
  }
  const std::string written = SerializeClassNames(names);
  const auto again = ParseClassNames(written);
  Require(again.ok() && SerializeClassNames(*again) == written, "what is written is read again");
}

void FuzzClassNames(ByteSpan input) {
  const std::string_view text = TextOfInput(input);
  if (const auto names = ParseClassNames(text); names.ok()) CheckNames(*names);
  if (const auto names = ClassNamesOfLines(text); names.ok()) CheckNames(*names);
}

const FuzzTarget kClassNames("class_names", FuzzClassNames);

}  // namespace
}  // namespace hashlens
