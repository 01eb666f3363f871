// Reads a store of keys and values to its end.
#ifndef HASHLENS_FUZZ_READ_ALL_H_
#define HASHLENS_FUZZ_READ_ALL_H_

#include <optional>
#include <string>

#include "fuzz/target.h"
#include "source/key_value_store.h"

namespace hashlens {

// Every record in order, and each again by its key. Each key comes once and after those before it.
inline void ReadAllRecords(KeyValueStore* store) {
  std::optional<std::string> last;
  for (;;) {
    auto record = store->Next();
    if (!record.ok() || !*record) return;
    const std::string& key = (*record)->key;
    Require(!last || *last < key, "keys come in order, each once");
    const auto again = store->Get(key);
    if (again.ok() && *again) Require((*again)->key == key, "a record has the key asked for");
    last = key;
  }
}

}  // namespace hashlens

#endif  // HASHLENS_FUZZ_READ_ALL_H_
