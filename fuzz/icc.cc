// Embedded ICC profiles (base/icc.h).
#include "base/icc.h"

#include "fuzz/target.h"

namespace hashlens {
namespace {

void FuzzIcc(ByteSpan profile) {
  int taken = 0;
  for (const int channels : {1, 3, 4}) {
    if (ClassifyProfile(profile, channels) == ProfileKind::kNone) continue;
    ++taken;
    const int intent = RenderingIntent(profile);
    Require(intent >= 0 && intent <= 2, "an intent is 0 to 2");
  }
  Require(taken <= 1, "a profile is for one number of channels");
}

const FuzzTarget kIcc("icc", FuzzIcc);

}  // namespace
}  // namespace hashlens
