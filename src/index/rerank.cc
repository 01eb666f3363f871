#include "index/rerank.h"

#include <cassert>
#include <cmath>

#include "base/half.h"

#define HWY_WANT_AVX3_DL 1
#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "index/rerank.cc"
#include "hwy/foreach_target.h"
// After foreach_target.h.
#include "hwy/highway.h"

HWY_BEFORE_NAMESPACE();
namespace hashlens {
namespace HWY_NAMESPACE {
namespace hn = hwy::HWY_NAMESPACE;

using Floats = hn::ScalableTag<float>;
using FloatVector = hn::Vec<Floats>;

// Features as they are computed and as they are stored, seen alike: both must go through exactly
// the same operations in the same order, or a picture would be at some distance from itself.
struct FloatFeature {
  HWY_INLINE FloatVector Vector(size_t i) const { return hn::LoadU(Floats(), values + i); }
  HWY_INLINE float One(size_t i) const { return values[i]; }
  const float* values;
};

struct HalfFeature {
  HWY_INLINE FloatVector Vector(size_t i) const {
    const hn::Rebind<uint16_t, Floats> bits;
    const hn::Rebind<hwy::float16_t, Floats> halves;
    return hn::PromoteTo(Floats(), hn::BitCast(halves, hn::LoadU(bits, values + i)));
  }
  HWY_INLINE float One(size_t i) const { return FloatFromHalf(values[i]); }
  const uint16_t* values;
};

// The sum of squares of vector(i) for whole vectors of [0, dim), and of one(i) for the rest.
template <class VectorAt, class OneAt>
HWY_INLINE float SumOfSquares(size_t dim, const VectorAt& vector, const OneAt& one) {
  const Floats d;
  const size_t lanes = hn::Lanes(d);
  FloatVector s0 = hn::Zero(d);
  FloatVector s1 = hn::Zero(d);
  FloatVector s2 = hn::Zero(d);
  FloatVector s3 = hn::Zero(d);
  size_t i = 0;
  for (; i + 4 * lanes <= dim; i += 4 * lanes) {
    const FloatVector v0 = vector(i);
    const FloatVector v1 = vector(i + lanes);
    const FloatVector v2 = vector(i + 2 * lanes);
    const FloatVector v3 = vector(i + 3 * lanes);
    s0 = hn::MulAdd(v0, v0, s0);
    s1 = hn::MulAdd(v1, v1, s1);
    s2 = hn::MulAdd(v2, v2, s2);
    s3 = hn::MulAdd(v3, v3, s3);
  }
  for (; i + lanes <= dim; i += lanes) {
    const FloatVector v = vector(i);
    s0 = hn::MulAdd(v, v, s0);
  }
  float sum = hn::GetLane(hn::SumOfLanes(d, hn::Add(hn::Add(s0, s1), hn::Add(s2, s3))));
  for (; i < dim; ++i) sum += one(i) * one(i);
  return sum;
}

// 1 / |feature - mean|, or 0 for a zero vector.
template <class Feature>
HWY_INLINE float CentredScale(const Feature& feature, const float* HWY_RESTRICT mean, size_t dim) {
  const float sum = SumOfSquares(
      dim,
      [&](size_t i) HWY_ATTR { return hn::Sub(feature.Vector(i), hn::LoadU(Floats(), mean + i)); },
      [&](size_t i) HWY_ATTR { return feature.One(i) - mean[i]; });
  return sum > 0 ? 1 / std::sqrt(sum) : 0;
}

void CentreAndNormaliseHere(float* HWY_RESTRICT values, const float* HWY_RESTRICT mean,
                            size_t dim) {
  const Floats d;
  const size_t lanes = hn::Lanes(d);
  const FloatFeature feature{values};
  const float scale = CentredScale(feature, mean, dim);
  const FloatVector scales = hn::Set(d, scale);
  size_t i = 0;
  for (; i + lanes <= dim; i += lanes) {
    hn::StoreU(hn::Mul(hn::Sub(feature.Vector(i), hn::LoadU(d, mean + i)), scales), d, values + i);
  }
  for (; i < dim; ++i) values[i] = (values[i] - mean[i]) * scale;
}

float CentredDistanceHere(const float* HWY_RESTRICT query, const float* HWY_RESTRICT mean,
                          const uint16_t* HWY_RESTRICT row, size_t dim) {
  const Floats d;
  const HalfFeature feature{row};
  const float scale = CentredScale(feature, mean, dim);
  const FloatVector scales = hn::Set(d, scale);
  const float sum = SumOfSquares(
      dim,
      [&](size_t i) HWY_ATTR {
        const FloatVector centred = hn::Sub(feature.Vector(i), hn::LoadU(d, mean + i));
        return hn::Sub(hn::LoadU(d, query + i), hn::Mul(centred, scales));
      },
      [&](size_t i) HWY_ATTR { return query[i] - (feature.One(i) - mean[i]) * scale; });
  const float distance = std::sqrt(sum);
  return distance <= 2 ? distance : 2;  // also for NaN
}

}  // namespace HWY_NAMESPACE
}  // namespace hashlens
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace hashlens {

HWY_EXPORT(CentreAndNormaliseHere);
HWY_EXPORT(CentredDistanceHere);

void CentreAndNormalise(std::span<float> feature, std::span<const float> mean) {
  assert(feature.size() == mean.size());
  HWY_DYNAMIC_DISPATCH(CentreAndNormaliseHere)(feature.data(), mean.data(), feature.size());
}

float CentredDistance(std::span<const float> query, std::span<const float> mean,
                      const uint16_t* stored_row) {
  assert(query.size() == mean.size());
  return HWY_DYNAMIC_DISPATCH(CentredDistanceHere)(query.data(), mean.data(), stored_row,
                                                   query.size());
}

}  // namespace hashlens
#endif  // HWY_ONCE
