// Where the first picture of an animation lies on its canvas.
#ifndef HASHLENS_DECODE_FIRST_FRAME_H_
#define HASHLENS_DECODE_FIRST_FRAME_H_

#include <optional>

#include "base/bytes.h"
#include "base/image_format.h"

namespace hashlens {

struct FrameBox {
  int left = 0, top = 0, width = 0, height = 0;
};

// Of a GIF or an animated WebP. None for other files and broken ones.
std::optional<FrameBox> FirstFrame(ByteSpan file, ImageFormat format);

}  // namespace hashlens

#endif  // HASHLENS_DECODE_FIRST_FRAME_H_
