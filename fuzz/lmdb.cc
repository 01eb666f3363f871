// LMDB data files (source/key_value_store.h). The input is the file.
#include "fuzz/read_all.h"
#include "fuzz/scratch_file.h"

namespace hashlens {
namespace {

void FuzzLmdb(ByteSpan file) {
  auto store = OpenLmdb(ScratchFile("data.mdb", file), uint64_t{1} << 20);
  if (store.ok()) ReadAllRecords(store->get());
}

const FuzzTarget kLmdb("lmdb", FuzzLmdb);

}  // namespace
}  // namespace hashlens
