// What a head may be at most; bounded so that sizes never overflow.
#ifndef HASHLENS_HASH_LIMITS_H_
#define HASHLENS_HASH_LIMITS_H_

#include <cstddef>

namespace hashlens {

inline constexpr int kMaxDim = 16384;          // of a feature
inline constexpr size_t kMaxMethodBytes = 64;  // of a method's name

}  // namespace hashlens

#endif  // HASHLENS_HASH_LIMITS_H_
