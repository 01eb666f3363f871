// hashlens-decode: decodes pictures for hashlens in a process that can do no harm.
#include "decode/turbo_decode.h"
#include "decode/vips_decode.h"
#include "decode/vips_loaders.h"
#include "decode/worker.h"

namespace {

using namespace hashlens;  // NOLINT: this file is the program

uint64_t KnownFormats() {
  uint64_t formats = 0;
  for (const ImageFormat format : kImageFormats) {
    const bool known = format == ImageFormat::kBmp ? HasMagick() : VipsCanLoad(format);
    if (known) formats |= uint64_t{1} << static_cast<int>(format);
  }
  return formats;
}

Result<ReadPicture> Read(const PictureTask& task, const RoomMaker& room) {
  if (task.jpeg_denominator > 0) {
    if (auto read = ReadByTurbo(task, room)) return std::move(*read);
  }
  return ReadByVips(task, room);
}

}  // namespace

int main(int argc, char** argv) { return RunWorker(argc, argv, {StartVips, KnownFormats, Read}); }
