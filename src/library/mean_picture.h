// The mean of pictures, pixel by pixel, and the files that hold it.
#ifndef HASHLENS_LIBRARY_MEAN_PICTURE_H_
#define HASHLENS_LIBRARY_MEAN_PICTURE_H_

#include <optional>
#include <span>
#include <string>
#include <vector>

#include "base/file.h"
#include "hashlens/mean_image.h"

namespace hashlens {

struct MeanPicture {
  // 3 x size x size: blue, green, red; 0 to 255. Empty when no picture could be read.
  std::vector<float> values;
  MeanImageReport report;
};

// total: pictures, for progress; 0: not known. Memory: a bounded number of pictures, and the sums.
// kCancelled when stopped; errors of `next`, and of the program that decodes.
Result<MeanPicture> ComputeMeanPicture(const MeanImageOptions& options, const PictureFeed& next,
                                       uint64_t total);

enum class MeanFormat { kBinaryProto, kNpy };
// By the file's ending; capital letters do not matter.
std::optional<MeanFormat> MeanFormatOf(const Path& file);
// values: as of MeanPicture.
std::string MeanFileBytes(MeanFormat format, int size, std::span<const float> values);

}  // namespace hashlens

#endif  // HASHLENS_LIBRARY_MEAN_PICTURE_H_
