#include "hash/activation.h"

#include <cmath>
#include <string>

namespace hashlens {

Result<Activation> ParseActivation(std::string_view name) {
  if (name == "sigmoid") return Activation::kSigmoid;
  if (name == "tanh") return Activation::kTanh;
  return InvalidArgument("no activation \"" + std::string(name) + "\"; there are sigmoid, tanh");
}

double Activate(Activation activation, double sum) {
  if (activation == Activation::kTanh) return std::tanh(sum);
  const double power = std::exp(-std::abs(sum));
  return sum >= 0 ? 1 / (1 + power) : power / (1 + power);
}

double SumFor(Activation activation, double value) {
  if (activation == Activation::kTanh) return std::atanh(value);
  return std::log(value / (1 - value));
}

}  // namespace hashlens
