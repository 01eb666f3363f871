// The file form of a classifier; docs/FORMAT.md is its specification.
#include <cassert>
#include <cmath>

#include "base/try.h"
#include "hash/classifier.h"
#include "hash/limits.h"
#include "hash/numbers_file.h"

namespace hashlens {
namespace {

constexpr NumbersFileKind kClassifierKind{"HLCLAS\r\n", "classifier", 1};

Status Wrong(const std::string& text) { return Corruption("classifier: " + text); }

// Sizes that fit each other; bounds what is multiplied.
Status CheckSizes(uint32_t input, uint32_t scores, uint32_t bits, uint32_t classes,
                  uint32_t columns) {
  if (input < static_cast<uint32_t>(ClassifierInput::kFeature) ||
      input > static_cast<uint32_t>(ClassifierInput::kLatentDirection))
    return Wrong("input " + std::to_string(input));
  if (scores < static_cast<uint32_t>(ScoreKind::kSoftmax) ||
      scores > static_cast<uint32_t>(ScoreKind::kSigmoid))
    return Wrong("scores " + std::to_string(scores));
  if (classes < 1 || classes > kMaxClasses) return Wrong(std::to_string(classes) + " classes");
  if (columns < 1 || columns > kMaxDim) return Wrong(std::to_string(columns) + " columns");
  const bool of_feature = input == static_cast<uint32_t>(ClassifierInput::kFeature);
  const bool fits =
      of_feature ? bits == 0 : bits >= kMinBits && bits <= kMaxBits && bits == columns;
  return fits ? Status() : Wrong(std::to_string(bits) + " bits");
}

}  // namespace

std::string SerializeClassifier(const Classifier& classifier) {
  assert(classifier.bias.size() == static_cast<size_t>(classifier.classes));
  assert(classifier.weights.size() ==
         classifier.bias.size() * static_cast<size_t>(classifier.columns));
  std::string out = BeginNumbersFile(kClassifierKind);
  PutLittleEndian(&out, static_cast<uint32_t>(classifier.input));
  PutLittleEndian(&out, static_cast<uint32_t>(classifier.scores));
  PutLittleEndian(&out, static_cast<uint32_t>(classifier.bits));
  PutLittleEndian(&out, static_cast<uint32_t>(classifier.classes));
  PutLittleEndian(&out, static_cast<uint32_t>(classifier.columns));
  PutLittleEndian(&out, classifier.length);
  PutFloats(&out, classifier.weights);
  PutFloats(&out, classifier.bias);
  EndNumbersFile(&out);
  return out;
}

Result<Classifier> ParseClassifier(ByteSpan bytes) {
  HL_ASSIGN(const ByteSpan body, NumbersFileBody(kClassifierKind, bytes));
  ByteReader reader(body);
  Classifier classifier;
  uint32_t input = 0, scores = 0, bits = 0, classes = 0, columns = 0;
  if (!reader.Read(&input) || !reader.Read(&scores) || !reader.Read(&bits) ||
      !reader.Read(&classes) || !reader.Read(&columns) || !reader.Read(&classifier.length))
    return Wrong("cut short in its sizes");
  HL_TRY(CheckSizes(input, scores, bits, classes, columns));
  if (!std::isfinite(classifier.length) || classifier.length < 0)
    return Wrong("the typical length is negative or not finite");
  ByteSpan floats = reader.rest();
  HL_TRY(ExpectFloats(kClassifierKind, floats, (uint64_t{columns} + 1) * classes));
  classifier.input = static_cast<ClassifierInput>(input);
  classifier.scores = static_cast<ScoreKind>(scores);
  classifier.bits = static_cast<int>(bits);
  classifier.classes = static_cast<int>(classes);
  classifier.columns = static_cast<int>(columns);
  HL_TRY(TakeFloats(kClassifierKind, "weight", size_t{classes} * columns, &floats,
                    &classifier.weights));
  HL_TRY(TakeFloats(kClassifierKind, "bias", classes, &floats, &classifier.bias));
  return classifier;
}

}  // namespace hashlens
