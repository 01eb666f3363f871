// The mean image of a collection, as Caffe's compute_image_mean makes it.
#ifndef HASHLENS_MEAN_IMAGE_H_
#define HASHLENS_MEAN_IMAGE_H_

#include <array>
#include <cstdint>
#include <filesystem>
#include <functional>
#include <string>
#include <vector>

#include "hashlens/encode.h"
#include "hashlens/options.h"
#include "hashlens/status.h"

namespace hashlens {

struct MeanImageOptions {
  EncodePathsOptions pictures;  // which; label names do not count
  int size = 256;               // pixels, 8 to 4096: every picture is made size x size
  // Each picture is made square by stretching, as convert_imageset does; false: by taking the
  // largest square in its middle.
  bool stretch = true;
  OpenOptions open;  // jobs and limits
  // Called on the caller's thread for a picture that cannot be read, with the reason on one line.
  std::function<void(const std::filesystem::path&, const std::string&)> failed = {};
};

struct MeanImageReport {
  uint64_t pictures = 0;  // of which the mean is made
  uint64_t failed = 0;
  uint64_t skipped = 0;                 // files that are no pictures
  std::array<double, 3> channels = {};  // means of blue, green and red, 0 to 255
  std::vector<std::string> warnings;
};

// Whether a file of that name can be made: its ending is .binaryproto or .npy, and nothing is
// there. kInvalidArgument.
Status CheckMeanFile(const std::filesystem::path& file);

// Writes the mean of every pixel over all pictures: float32, blue first, channel by channel, row by
// row, 0 to 255. A .binaryproto holds a BlobProto of 1 x 3 x size x size, a .npy an array of 3 x
// size x size. Sums are exact. The file appears whole or not at all. kCancelled when stopped,
// kNotFound when no picture could be read; errors as of CheckMeanFile and EncodePaths.
Result<MeanImageReport> WriteMeanImage(const MeanImageOptions& options,
                                       const std::filesystem::path& file);

}  // namespace hashlens

#endif  // HASHLENS_MEAN_IMAGE_H_
