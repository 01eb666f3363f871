// Times as people write them (apps/server/time_text.h).
#include "apps/server/time_text.h"

#include "fuzz/input.h"
#include "fuzz/target.h"

namespace hashlens {
namespace {

void FuzzTimeText(ByteSpan input) {
  constexpr int64_t kNowMs = 1'800'000'000'000;
  const std::string text(TextOfInput(input));
  const auto time = ParseTime(text, kNowMs);
  if (time.ok()) Require(text.find('\0') == text.npos, "a time is all of the text");
}

const FuzzTarget kTimeText("time_text", FuzzTimeText);

}  // namespace
}  // namespace hashlens
