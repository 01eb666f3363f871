// What a unit of a latent layer makes of its sum.
#ifndef HASHLENS_HASH_ACTIVATION_H_
#define HASHLENS_HASH_ACTIVATION_H_

#include <cstdint>
#include <string_view>

#include "hashlens/status.h"

namespace hashlens {

enum class Activation : uint32_t {
  kSigmoid = 1,  // 0 to 1
  kTanh = 2,     // -1 to 1
};

// "sigmoid", "tanh"; kInvalidArgument lists them.
Result<Activation> ParseActivation(std::string_view name);

// The activation of a sum, in double precision.
double Activate(Activation activation, double sum);

// The sum of which the activation is `value`, which lies strictly between its bounds.
double SumFor(Activation activation, double value);

// Half of the way: 0.5 and 0. The threshold of a bit, unless another one is named.
inline double MiddleOf(Activation activation) {
  return activation == Activation::kTanh ? 0.0 : 0.5;
}

}  // namespace hashlens

#endif  // HASHLENS_HASH_ACTIVATION_H_
