// One step of a libvips pipeline.
#ifndef HASHLENS_DECODE_VIPS_APPLY_H_
#define HASHLENS_DECODE_VIPS_APPLY_H_

#include "decode/vips_loaders.h"

namespace hashlens {

// Runs one operation, called as operation(in, &out), and keeps its result. False when it failed.
template <typename Operation>
bool Apply(VipsPicture* picture, Operation operation) {
  VipsImage* out = nullptr;
  if (operation(picture->get(), &out) != 0) return false;
  picture->reset(out);
  return true;
}

}  // namespace hashlens

#endif  // HASHLENS_DECODE_VIPS_APPLY_H_
