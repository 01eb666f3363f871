#include "decode/read_picture.h"

#include <string>
#include <utility>

#include "base/try.h"
#include "decode/avif_reader.h"
#include "decode/bmp_reader.h"
#include "decode/deliver.h"
#include "decode/exr_reader.h"
#include "decode/ico_reader.h"
#include "decode/jxl_reader.h"
#include "decode/openjpeg_reader.h"
#include "decode/pnm_reader.h"
#include "decode/psd_reader.h"
#include "decode/qoi_reader.h"
#include "decode/raster.h"
#include "decode/raw_reader.h"
#include "decode/tga_reader.h"
#include "decode/tiff_facts.h"
#include "decode/tiff_samples.h"
#include "decode/turbo_decode.h"
#include "decode/vips_decode.h"
#include "decode/vips_loaders.h"

namespace hashlens {
namespace {

// The reader's words with the format before them, as libvips' failures have it.
Status Named(const Status& status, ImageFormat format) {
  const std::string name(FormatName(format));
  if (status.code() == StatusCode::kCorruption)
    return Corruption("broken " + name + ": " + status.message());
  if (status.code() == StatusCode::kUnsupported)
    return Unsupported("unsupported " + name + ": " + status.message());
  return status;
}

Result<ReadPicture> Finish(Result<Raster> raster, const PictureTask& task, const RoomMaker& room) {
  if (!raster.ok()) return Named(raster.status(), task.format);
  return DeliverRaster(std::move(*raster), task, room);
}

// What libvips refuses is tried sample by sample, and at last by the RGBA interface, which knows
// neither profiles nor 16 bits.
Result<ReadPicture> ReadTiffPixels(const PictureTask& task, const TiffFacts& facts,
                                   const RoomMaker& room) {
  if (facts.raw) {
    auto raw = ReadRaw(task, room);
    // What LibRaw does not know may be a plain picture with tags of a camera.
    if (raw.ok() || raw.status().code() != StatusCode::kUnsupported) return raw;
  }
  if (facts.way == TiffWay::kVips) {
    auto read = ReadByVips(task, room, &facts);
    if (read.ok() || read.status().code() == StatusCode::kInvalidArgument ||
        read.status().code() == StatusCode::kIoError)
      return read;
    auto second = facts.palette ? ReadTiffAsRgba(task.file, task.max_pixels)
                                : ReadTiffSamples(task.file, facts, task.max_pixels);
    if (!second.ok()) second = ReadTiffAsRgba(task.file, task.max_pixels);
    if (!second.ok()) return read.status();
    return DeliverRaster(std::move(*second), task, room);
  }
  HL_ASSIGN(Raster raster, facts.way == TiffWay::kSamples
                               ? ReadTiffSamples(task.file, facts, task.max_pixels)
                               : ReadTiffAsRgba(task.file, task.max_pixels));
  return DeliverRaster(std::move(raster), task, room);
}

Result<ReadPicture> ReadTiff(const PictureTask& task, const RoomMaker& room) {
  HL_ASSIGN(const TiffFacts facts, ReadTiffFacts(task.file));
  // Without its profile a picture has other colours; without its palette none.
  const std::string missing = "broken tiff: " + facts.missing;
  if (!facts.missing.empty() && (!task.lenient || facts.palette)) return Corruption(missing);
  HL_ASSIGN(ReadPicture read, ReadTiffPixels(task, facts, room));
  if (!facts.missing.empty() && read.damage.empty()) read.damage = missing;
  return read;
}

Result<ReadPicture> ReadIcon(const PictureTask& task, const RoomMaker& room) {
  const auto largest = LargestOfIcon(task.file);
  if (!largest.ok()) return Named(largest.status(), task.format);
  const std::string missing = "broken ico: its largest picture lies outside the file";
  if (largest->cut && !task.lenient) return Corruption(missing);
  PictureTask inner = task;
  inner.file = largest->bytes;
  const bool png =
      inner.file.size() > 8 && inner.file[0] == std::byte{0x89} && inner.file[1] == std::byte{'P'};
  if (png) inner.format = ImageFormat::kPng;
  auto read = png ? ReadByVips(inner, room)
                  : Finish(ReadIconBitmap(inner.file, task.max_pixels), task, room);
  if (read.ok() && largest->cut) read->damage = missing;
  return read;
}

}  // namespace

uint64_t ReadableFormats() {
  uint64_t formats = 0;
  for (const ImageFormat format : kImageFormats) {
    bool known = true;
    switch (format) {
      case ImageFormat::kPdf:
        known = HasPdf();
        break;
      case ImageFormat::kJpeg:
      case ImageFormat::kAvif:
      case ImageFormat::kBmp:
      case ImageFormat::kJxl:
      case ImageFormat::kPnm:
      case ImageFormat::kJpeg2000:
      case ImageFormat::kQoi:
      case ImageFormat::kTga:
      case ImageFormat::kIco:
      case ImageFormat::kPsd:
      case ImageFormat::kExr:
      case ImageFormat::kRaw:
        break;
      default:
        known = VipsCanLoad(format);
    }
    if (known) formats |= uint64_t{1} << static_cast<int>(format);
  }
  return formats;
}

Result<ReadPicture> ReadAnyPicture(const PictureTask& task, const RoomMaker& room) {
  switch (task.format) {
    case ImageFormat::kJpeg:
      return ReadByTurbo(task, room);
    case ImageFormat::kTiff:
      return ReadTiff(task, room);
    case ImageFormat::kBmp:
      return Finish(ReadBmp(task.file, task.max_pixels), task, room);
    case ImageFormat::kPnm:
      return Finish(ReadPnm(task.file, task.max_pixels), task, room);
    case ImageFormat::kJpeg2000:
      return Finish(ReadJpeg2000(task.file, task.max_pixels, task.min_short_side), task, room);
    case ImageFormat::kAvif:
      return Finish(ReadAvif(task.file, task.max_pixels), task, room);
    case ImageFormat::kJxl:
      return Finish(ReadJxl(task.file, task.max_pixels), task, room);
    case ImageFormat::kQoi:
      return Finish(ReadQoi(task.file, task.max_pixels), task, room);
    case ImageFormat::kTga:
      return Finish(ReadTga(task.file, task.max_pixels), task, room);
    case ImageFormat::kPsd:
      return Finish(ReadPsd(task.file, task.max_pixels), task, room);
    case ImageFormat::kExr:
      return Finish(ReadExr(task.file, task.max_pixels), task, room);
    case ImageFormat::kIco:
      return ReadIcon(task, room);
    case ImageFormat::kRaw:
      return ReadRaw(task, room);
    default:
      return ReadByVips(task, room);
  }
}

}  // namespace hashlens
