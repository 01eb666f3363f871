// Which kind of picture a file is (image/format.h).
#include "fuzz/target.h"
#include "image/format.h"

namespace hashlens {
namespace {

void FuzzSniffFormat(ByteSpan file) {
  const auto format = SniffFormat(file);
  Require(SniffFormat(file.first(std::min(file.size(), kSniffBytes))) == format,
          "the first kSniffBytes decide");
}

const FuzzTarget kSniffFormat("sniff_format", FuzzSniffFormat);

}  // namespace
}  // namespace hashlens
