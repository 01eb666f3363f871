// Records out of a store of Datums. Internal to src/source.
#ifndef HASHLENS_SOURCE_DATUM_SOURCE_H_
#define HASHLENS_SOURCE_DATUM_SOURCE_H_

#include <memory>

#include "source/key_value_store.h"
#include "source/record_source.h"

namespace hashlens {

std::unique_ptr<RecordSource> MakeDatumSource(std::unique_ptr<KeyValueStore> store,
                                              const DataOptions& options);

}  // namespace hashlens

#endif  // HASHLENS_SOURCE_DATUM_SOURCE_H_
