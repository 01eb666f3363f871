#include "base/sha256.h"

#include <openssl/evp.h>

#include <cassert>

#include "base/text.h"

namespace hashlens {

struct Sha256::State {
  std::unique_ptr<EVP_MD_CTX, decltype(&EVP_MD_CTX_free)> context{EVP_MD_CTX_new(),
                                                                  &EVP_MD_CTX_free};
};

Sha256::Sha256() : state_(std::make_unique<State>()) {
  const int started = EVP_DigestInit_ex(state_->context.get(), EVP_sha256(), nullptr);
  assert(started == 1);
  (void)started;
}

Sha256::~Sha256() = default;

void Sha256::Update(ByteSpan bytes) {
  EVP_DigestUpdate(state_->context.get(), bytes.data(), bytes.size());
}

std::string Sha256::Hex() {
  unsigned char digest[EVP_MAX_MD_SIZE];
  unsigned int size = 0;
  EVP_DigestFinal_ex(state_->context.get(), digest, &size);
  return ToHex(std::as_bytes(std::span(digest, size)));
}

}  // namespace hashlens
