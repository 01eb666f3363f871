// The pictures of a training set, decoded once where memory allows.
#ifndef HASHLENS_TRAIN_PICTURE_STORE_H_
#define HASHLENS_TRAIN_PICTURE_STORE_H_

#include <stop_token>
#include <vector>

#include "data/labelled_set.h"
#include "hashlens/options.h"
#include "hashlens/types.h"
#include "image/image.h"

namespace hashlens {

struct StoreOptions {
  Limits limits;
  int short_side = 256;  // pixels kept of the shorter side; larger pictures are shrunk to it
  uint64_t max_bytes = uint64_t{4} << 30;  // of pixels in memory; the others are decoded each time
  int jobs = 1;
  ProgressFunction progress;
  std::stop_token stop;
};

// Get may be called from several threads at once.
class PictureStore {
 public:
  // Reads every picture. Those that cannot be read are listed, not an error. kCancelled.
  static Result<PictureStore> Read(std::vector<LabelledPicture> pictures,
                                   const StoreOptions& options);

  size_t size() const { return pictures_.size(); }
  const Path& path(size_t i) const { return pictures_[i].path; }
  // The i-th picture's pixels; one of those listed as unreadable gives its reason again.
  Result<Image> Get(size_t i) const;

  struct Unreadable {
    size_t picture;
    std::string reason;
  };
  const std::vector<Unreadable>& unreadable() const { return unreadable_; }

 private:
  PictureStore(std::vector<LabelledPicture> pictures, const StoreOptions& options);
  Result<Image> Decode(size_t i) const;

  std::vector<LabelledPicture> pictures_;
  Limits limits_;
  int short_side_;
  std::vector<Image> kept_;  // empty pixels: not kept
  std::vector<Unreadable> unreadable_;
};

}  // namespace hashlens

#endif  // HASHLENS_TRAIN_PICTURE_STORE_H_
