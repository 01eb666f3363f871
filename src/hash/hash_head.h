// A hash head: the affine map and threshold that turn a feature into a code,
// bit i = (sigmoid(w_i . f + b_i) >= 0.5) = (w_i . f + b_i >= 0)   (Lin et al. 2015, section 3.2).
// Learned latent layers, ITQ, IsoHash, PCA signs and random hyperplanes all have this form.
#ifndef HASHLENS_HASH_HASH_HEAD_H_
#define HASHLENS_HASH_HASH_HEAD_H_

#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/bytes.h"
#include "base/code.h"
#include "hash/activation.h"
#include "hashlens/status.h"

namespace hashlens {

// The methods of heads that came with a network and have seen no pictures: good enough until a
// library has enough images for a head of its own. From the directions of the network's classifier,
// and random hyperplanes through the origin.
inline constexpr std::string_view kProvisionalMethod = "itq-classifier";
inline constexpr std::string_view kProvisionalLsh = "lsh-provisional";
inline bool IsProvisional(std::string_view method) {
  return method == kProvisionalMethod || method == kProvisionalLsh;
}

// The method of latent layers of networks that were trained with Caffe. They were learned on the
// network's output as it came, and have bias and mean 0 (docs/caffe.md, "The constant").
inline constexpr std::string_view kCaffeMethod = "caffe";

// A value; immutable in use, then thread-safe.
struct HashHead {
  std::string method;  // "itq", "isohash", "pca", "lsh", "itq-classifier", ...
  int bits = 0;        // kMinBits..kMaxBits, any number, not only multiples of 8
  int dim = 0;         // of the feature
  uint64_t seed = 0;   // of the fit
  std::vector<float>
      mean;  // dim: the collection's mean of unit-length features; re-rank centres on it
  std::vector<float> weights;  // bits x dim, row by row
  std::vector<float> bias;     // bits; for heads fitted without labels bias = -weights . mean
  // Of the latent layer's units, and at which of their values a bit is 1. The bias is less the sum
  // that gives the threshold, so that codes do not depend on these two.
  Activation activation = Activation::kSigmoid;
  float threshold = 0.5F;  // strictly between the activation's bounds
};

// The codes of features.size() / dim unit-length features, one after the other, into
// codes (count * CodeBytes(bits) bytes). The same feature gives the same code on every CPU, alone
// or in a batch. Thread-safe.
void ApplyHead(const HashHead& head, std::span<const float> features, std::span<uint8_t> codes);

// The latent layer of one unit-length feature (Lin et al. 2015, section 3.2): activation i is that
// of scale * (w_i . f + b_i) + t, where t gives the threshold (0 for a sigmoid's 0.5). It is at
// least the threshold exactly where ApplyHead gives bit 1. scale: above 0; 1, but for heads of
// kCaffeMethod the length of the network's output, which gives the numbers of the trained network.
// activations: bits of them. Thread-safe.
void ApplyLatent(const HashHead& head, std::span<const float> feature, double scale,
                 std::span<float> activations);

// The file form (docs/FORMAT.md): magic, version, sizes, fields, CRC-32C.
std::string SerializeHead(const HashHead& head);
// kCorruption with what is wrong (no path: the caller knows it), kUnsupported for a newer version.
Result<HashHead> ParseHead(ByteSpan bytes);

}  // namespace hashlens

#endif  // HASHLENS_HASH_HASH_HEAD_H_
