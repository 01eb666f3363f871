// SHA-256 (OpenSSL), for the digests that name a model.
#ifndef HASHLENS_BASE_SHA256_H_
#define HASHLENS_BASE_SHA256_H_

#include <memory>
#include <string>

#include "base/bytes.h"

namespace hashlens {

// Feed bytes, then take the digest once. Not thread-safe.
class Sha256 {
 public:
  Sha256();
  ~Sha256();
  void Update(ByteSpan bytes);
  // 64 lower-case hexadecimal digits. Ends the computation.
  std::string Hex();

 private:
  struct State;
  std::unique_ptr<State> state_;
};

inline std::string Sha256Hex(ByteSpan bytes) {
  Sha256 hash;
  hash.Update(bytes);
  return hash.Hex();
}

}  // namespace hashlens

#endif  // HASHLENS_BASE_SHA256_H_
