// The check of PNG files before they are decoded (image/plain_headers.h).
#include "image/plain_headers.h"

#include "fuzz/target.h"
#include "image/format.h"

namespace hashlens {
namespace {

void FuzzPlainHeaders(ByteSpan file) {
  if (SniffFormat(file) != ImageFormat::kPng) return;
  const Status status = CheckPngChunks(file);
  Require(status.ok() || !status.message().empty(), "a failure has a message");
}

const FuzzTarget kPlainHeaders("plain_headers", FuzzPlainHeaders);

}  // namespace
}  // namespace hashlens
