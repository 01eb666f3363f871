// Files of hash heads, reductions and classifiers (hash/hash_head.h, hash/reduction.h,
// hash/classifier.h). The input is a file without its checksum.
#include "hash/hash_head.h"

#include "base/crc32c.h"
#include "fuzz/input.h"
#include "fuzz/target.h"
#include "hash/classifier.h"
#include "hash/reduction.h"

namespace hashlens {
namespace {

void CheckHead(ByteSpan file) {
  const auto head = ParseHead(file);
  if (!head.ok()) return;
  Require(AsBytes(SerializeHead(*head)).size() == file.size(), "what is read is all of the file");
  const std::vector<float> feature(static_cast<size_t>(head->dim), 0.5F);
  std::vector<uint8_t> code(CodeBytes(head->bits));
  ApplyHead(*head, feature, code);
}

void CheckReduction(ByteSpan file) {
  const auto reduction = ParseReduction(file);
  if (!reduction.ok()) return;
  Require(SerializeReduction(*reduction) == TextOfInput(file), "what is read is what is written");
  const std::vector<float> feature(static_cast<size_t>(reduction->in_dim), 0.5F);
  const auto reduced = Reduce(*reduction, feature);
  Require(!reduced.ok() || reduced->size() == static_cast<size_t>(reduction->out_dim),
          "a reduced feature has out_dim numbers");
}

void CheckClassifier(ByteSpan file) {
  const auto classifier = ParseClassifier(file);
  if (!classifier.ok()) return;
  Require(SerializeClassifier(*classifier) == TextOfInput(file), "what is read is what is written");
  if (classifier->input != ClassifierInput::kFeature) return;
  const std::vector<float> feature(static_cast<size_t>(classifier->columns), 0.5F);
  Require(ClassProbabilities(*classifier, nullptr, feature, 0).size() ==
              static_cast<size_t>(classifier->classes),
          "each class has a probability");
}

void FuzzHashHead(ByteSpan input) {
  CheckHead(input);
  CheckReduction(input);
  CheckClassifier(input);
  std::string file(TextOfInput(input));
  PutLittleEndian(&file, Crc32c(input));
  CheckHead(AsBytes(file));
  CheckReduction(AsBytes(file));
  CheckClassifier(AsBytes(file));
}

const FuzzTarget kHashHead("hash_head", FuzzHashHead);

}  // namespace
}  // namespace hashlens
