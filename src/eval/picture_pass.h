// Going through many pictures on several threads.
#ifndef HASHLENS_EVAL_PICTURE_PASS_H_
#define HASHLENS_EVAL_PICTURE_PASS_H_

#include <functional>
#include <stop_token>
#include <string_view>
#include <vector>

#include "data/labelled_set.h"
#include "eval/matrices.h"
#include "library/feature_maker.h"

namespace hashlens {

struct PassOptions {
  int jobs = 1;  // cores to keep busy
  ProgressFunction progress;
  std::stop_token stop;
  uint64_t max_bytes = uint64_t{1} << 30;  // of a picture file
};

// Calls work(0) .. work(count - 1), each once, on `threads` threads; progress comes on the calling
// one. The first failure ends the pass and is returned. failed() is asked for the progress.
Status PassOver(size_t count, int threads, std::string_view stage, const PassOptions& options,
                const std::function<Status(size_t)>& work, const std::function<uint64_t()>& failed);

inline constexpr size_t kReportedFailures = 10;

// The pictures of one side that can be read, with their features.
struct FeatureSet {
  std::vector<LabelledPicture> pictures;
  Features features;  // row i is pictures[i]'s
  uint64_t failed = 0;
  std::vector<std::string> failures;  // the first few, "path: reason"
  double decode_ms = 0;               // summed over pictures
  double network_ms = 0;
};

// Pictures that cannot be read are left out. kCorruption when they are more than a tenth;
// kCancelled; else a failure of the network itself.
Result<FeatureSet> MakeFeatures(const FeatureMaker& maker, std::vector<LabelledPicture> pictures,
                                std::string_view stage, const PassOptions& options);

}  // namespace hashlens

#endif  // HASHLENS_EVAL_PICTURE_PASS_H_
