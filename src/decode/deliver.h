// The last steps that all pictures share: smaller, to sRGB, into the client's memory.
#ifndef HASHLENS_DECODE_DELIVER_H_
#define HASHLENS_DECODE_DELIVER_H_

#include "decode/picture_reader.h"
#include "decode/raster.h"
#include "decode/vips_loaders.h"

namespace hashlens {

// Shrinks by the whole factor `shrink`, converts, and computes row by row. `read` has what is known
// before: orientation and the original size. A picture whose rows cannot be computed any more after
// two thirds of them is damaged, and the rest of it grey; with fewer, or not `task.lenient`, it has
// failed.
Result<ReadPicture> Deliver(VipsPicture picture, int shrink, ReadPicture read,
                            const PictureTask& task, const RoomMaker& room);

// The same for samples in memory.
Result<ReadPicture> DeliverRaster(Raster raster, const PictureTask& task, const RoomMaker& room);

// The largest whole factor by which the shorter side stays at least min_short_side.
int ShrinkFor(int short_side, int min_short_side);

}  // namespace hashlens

#endif  // HASHLENS_DECODE_DELIVER_H_
