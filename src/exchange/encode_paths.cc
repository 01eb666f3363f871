// Encoding what the paths name: folders, files, databases and lists.
#include "base/guard.h"
#include "base/try.h"
#include "exchange/path_pictures.h"
#include "hashlens/encode.h"

namespace hashlens {

Result<EncodeReport> EncodePaths(const PictureEncoder& encoder, const EncodePathsOptions& options,
                                 const EncodedSink& sink) try {
  HL_ASSIGN(const std::unique_ptr<PathPictures> pictures, PathPictures::Open(options));
  EncodeRun run;
  run.total = pictures->total();
  run.progress = options.progress;
  run.stop = options.stop;
  HL_ASSIGN(EncodeReport report, encoder.Encode([&] { return pictures->Next(); }, sink, run));
  report.warnings = pictures->Warnings();
  return report;
} catch (...) {
  return CaughtStatus();
}

}  // namespace hashlens
