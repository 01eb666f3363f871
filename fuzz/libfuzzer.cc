// What libFuzzer calls: the one target of this program.
#include "fuzz/target.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {  // NOLINT: libFuzzer's
  hashlens::FuzzTarget::All().front()->Run(std::as_bytes(std::span(data, size)));
  return 0;
}
