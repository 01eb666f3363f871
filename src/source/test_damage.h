// Damage to files, for tests of what comes from outside.
#ifndef HASHLENS_SOURCE_TEST_DAMAGE_H_
#define HASHLENS_SOURCE_TEST_DAMAGE_H_

#include <gtest/gtest.h>

#include <functional>
#include <random>
#include <string>

#include "base/file.h"
#include "source/key_value_store.h"
#include "source/record_source.h"

namespace hashlens {

// Some bytes of `bytes` changed, or its end cut off, differently for every seed.
inline std::string Damaged(std::string bytes, unsigned seed) {
  std::mt19937 random(seed);
  const auto below = [&](size_t end) {
    return std::uniform_int_distribution<size_t>(0, end - 1)(random);
  };
  if (bytes.empty()) return bytes;
  if (seed % 4 == 0) {
    bytes.resize(below(bytes.size()));
    return bytes;
  }
  for (size_t i = 0, count = 1 + below(8); i < count; ++i) {
    const size_t at = below(bytes.size());
    bytes[at] = seed % 4 == 1 ? static_cast<char>(bytes[at] ^ (1 << below(8)))
                              : static_cast<char>(below(256));
  }
  return bytes;
}

// Every record in order, or what ended the reading. Also asks for each by its key.
inline Status ReadAll(KeyValueStore* store, std::vector<std::pair<std::string, std::string>>* out) {
  for (;;) {
    auto record = store->Next();
    if (!record.ok()) return record.status();
    if (!*record) return {};
    const auto again = store->Get((*record)->key);
    if (again.ok() && *again) {
      EXPECT_EQ((*again)->key, (*record)->key);
    }
    out->emplace_back((*record)->key, (*record)->value);
  }
}

}  // namespace hashlens

#endif  // HASHLENS_SOURCE_TEST_DAMAGE_H_
