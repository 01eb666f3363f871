// A classifier: the rows that turn a feature, or what the latent layer makes of it, into the
// probabilities of classes (Lin et al. 2015, section 3.2: the layer behind the latent one).
#ifndef HASHLENS_HASH_CLASSIFIER_H_
#define HASHLENS_HASH_CLASSIFIER_H_

#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "base/bytes.h"
#include "hash/hash_head.h"
#include "hashlens/status.h"

namespace hashlens {

// What the rows are applied to. f is the unit-length feature, h_i what the hash head's activation
// is taken of: w_i . f + b_i, and the sum whose activation is the threshold (0, usually).
enum class ClassifierInput : uint32_t {
  kFeature = 1,          // length * f where a length is given, else f
  kActivations = 2,      // sigmoid(h), as ApplyLatent gives it
  kSigns = 3,            // 1 where h_i >= 0, else -1
  kLatent = 4,           // h
  kLatentDirection = 5,  // h at unit length
};

// How scores become probabilities.
enum class ScoreKind : uint32_t {
  kSoftmax = 1,  // a picture has one class
  kSigmoid = 2,  // it may have several, or none
};

inline constexpr int kMaxClasses = 1 << 16;

// A value; immutable in use, then thread-safe.
struct Classifier {
  ClassifierInput input = ClassifierInput::kFeature;
  ScoreKind scores = ScoreKind::kSoftmax;
  int bits = 0;                // of the hash head that it reads; kFeature: 0
  int classes = 0;             // 1..kMaxClasses
  int columns = 0;             // of a row: kFeature: the feature's dim, else bits
  float length = 0;            // typical, of the network's output; 0: it reads the unit-length f
  std::vector<float> weights;  // classes x columns, row by row
  std::vector<float> bias;     // classes
};

// The probability of each class of one picture, 0 to 1; with kSoftmax their sum is 1.
// head: the one of classifier.bits; nullptr for kFeature. feature: of unit length, dim of them.
// length: of the network's output; 0 where it is not known, and the typical one is taken.
// Thread-safe.
std::vector<double> ClassProbabilities(const Classifier& classifier, const HashHead* head,
                                       std::span<const float> feature, double length);

// The file form (docs/FORMAT.md): magic, version, sizes, numbers, CRC-32C.
std::string SerializeClassifier(const Classifier& classifier);
// kCorruption with what is wrong (no path: the caller knows it), kUnsupported for a newer version.
Result<Classifier> ParseClassifier(ByteSpan bytes);

}  // namespace hashlens

#endif  // HASHLENS_HASH_CLASSIFIER_H_
