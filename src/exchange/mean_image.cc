// The mean image of what the paths name.
#include "hashlens/mean_image.h"

#include "base/guard.h"
#include "base/new_file.h"
#include "base/try.h"
#include "exchange/path_pictures.h"
#include "library/mean_picture.h"

namespace hashlens {
namespace {

constexpr int kMinSize = 8;
constexpr int kMaxSize = 4096;

Status WriteMean(const Path& file, const std::string& bytes) {
  HL_ASSIGN(NewFile made, NewFile::Create(file));
  HL_TRY(made.Append(AsBytes(bytes)));
  return made.Finish();
}

Status NoPictures(const MeanImageReport& report) {
  if (report.failed == 0) return NotFound("there are no pictures; nothing was written");
  return NotFound("none of " + std::to_string(report.failed) +
                  " pictures could be read; nothing was written");
}

}  // namespace

Status CheckMeanFile(const Path& file) try {
  if (!MeanFormatOf(file)) {
    return InvalidArgument(Printable(file) +
                           ": its ending names no format; there are .binaryproto and .npy");
  }
  return RequireNothingAt(file);
} catch (...) {
  return CaughtStatus();
}

Result<MeanImageReport> WriteMeanImage(const MeanImageOptions& options, const Path& file) try {
  HL_TRY(CheckMeanFile(file));
  if (options.size < kMinSize || options.size > kMaxSize)
    return InvalidArgument("the size must be " + std::to_string(kMinSize) + " to " +
                           std::to_string(kMaxSize));
  HL_ASSIGN(const std::unique_ptr<PathPictures> pictures, PathPictures::Open(options.pictures));
  HL_ASSIGN(MeanPicture mean, ComputeMeanPicture(
                                  options, [&] { return pictures->Next(); }, pictures->total()));
  mean.report.warnings = pictures->Warnings();
  if (mean.report.pictures == 0) return NoPictures(mean.report);
  HL_TRY(WriteMean(file, MeanFileBytes(*MeanFormatOf(file), options.size, mean.values)));
  return std::move(mean.report);
} catch (...) {
  return CaughtStatus();
}

}  // namespace hashlens
