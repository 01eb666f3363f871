// What an embedded ICC profile asks for.
#ifndef HASHLENS_BASE_ICC_H_
#define HASHLENS_BASE_ICC_H_

#include "base/bytes.h"

namespace hashlens {

enum class ProfileKind {
  kNone,   // absent, broken, or for another number of channels: as if it were not there
  kSrgb,   // the same colours as sRGB to within rounding, whatever the profile calls itself
  kOther,  // pixels must be converted
};

// `channels`: of the pixels without alpha (1, 3 or 4). Never reads outside `profile`.
ProfileKind ClassifyProfile(ByteSpan profile, int channels);

// How the profile wants colours to be rendered that sRGB does not have (ICC.1 7.2.15): 0
// perceptual, 1 relative (absolute, too), 2 saturation. Where the profile has tables, but none for
// that intent, the first for which it has one. Never reads outside `profile`, which is not kNone.
int RenderingIntent(ByteSpan profile);

}  // namespace hashlens

#endif  // HASHLENS_BASE_ICC_H_
