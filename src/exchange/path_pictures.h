// The pictures that paths stand for: folders, files, databases and lists. Internal to src/exchange.
#ifndef HASHLENS_EXCHANGE_PATH_PICTURES_H_
#define HASHLENS_EXCHANGE_PATH_PICTURES_H_

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "exchange/label_names.h"
#include "hashlens/encode.h"

namespace hashlens {

// One path after the other: each is opened when its turn comes, and closed before the next one. One
// thread.
class PathPictures {
 public:
  // Looks whether every path can be opened, and how many pictures it has. Errors as of EncodePaths.
  static Result<std::unique_ptr<PathPictures>> Open(const EncodePathsOptions& options);
  PathPictures(const PathPictures&) = delete;
  PathPictures& operator=(const PathPictures&) = delete;

  uint64_t total() const { return total_; }  // pictures; 0: not known
  // As a PictureFeed.
  Result<std::optional<PictureInput>> Next();
  // What is to be told at the end: labels without a name, texts that are no lists.
  std::vector<std::string> Warnings() const;

  // What one path stands for.
  struct Turn {
    // Whether it can be opened, and how many pictures it has; none: not known before they are read.
    std::function<Result<std::optional<uint64_t>>()> look;
    std::function<Result<PictureFeed>()> open;
  };

 private:
  PathPictures(const EncodePathsOptions& options, LabelNames names)
      : options_(options), names_(std::move(names)) {}

  const EncodePathsOptions options_;
  LabelNames names_;
  std::vector<Turn> turns_;  // refer to both of these
  uint64_t total_ = 0;
  size_t at_ = 0;     // the next turn
  PictureFeed feed_;  // of the turn before it; empty: it is over
};

}  // namespace hashlens

#endif  // HASHLENS_EXCHANGE_PATH_PICTURES_H_
