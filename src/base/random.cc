#include "base/random.h"

#include <cmath>

namespace hashlens {

double PortableLog(double x) {
  int exponent = 0;
  double m = std::frexp(x, &exponent);  // exact
  if (m < 0.70710678118654752) {
    m *= 2;
    --exponent;
  }
  // ln m = 2 atanh(s) with |s| < 0.172: the terms up to s^21 reach 1e-17.
  const double s = (m - 1) / (m + 1);
  const double s2 = s * s;
  double series = 0;
  for (int k = 21; k >= 1; k -= 2) series = series * s2 + 1.0 / k;
  return 2 * s * series + exponent * 0.69314718055994531;
}

double Random::Normal() {
  if (has_spare_) {
    has_spare_ = false;
    return spare_;
  }
  double u = 0, v = 0, radius2 = 0;
  do {
    u = 2 * Uniform() - 1;
    v = 2 * Uniform() - 1;
    radius2 = u * u + v * v;
  } while (radius2 >= 1 || radius2 == 0);
  const double scale = std::sqrt(-2 * PortableLog(radius2) / radius2);
  spare_ = v * scale;
  has_spare_ = true;
  return u * scale;
}

}  // namespace hashlens
