// Batches of a training set, made by other threads while the network works on the one before.
#ifndef HASHLENS_TRAIN_BATCHES_H_
#define HASHLENS_TRAIN_BATCHES_H_

#include <torch/torch.h>

#include <future>
#include <vector>

#include "hashlens/status.h"
#include "train/augment.h"
#include "train/picture_store.h"

namespace hashlens {

struct Batch {
  torch::Tensor pictures;  // [N,3,S,S], channels-last memory
  torch::Tensor targets;   // [N,classes], 1 where the picture has the label
};

// One picture of a batch: where in the store, and the seed of its variant.
struct BatchItem {
  size_t picture = 0;
  uint64_t seed = 0;
};

// `threads` share the work. The pictures were readable before; one that is not any more is an error
// that names it.
class BatchMaker {
 public:
  // labels: of every picture in the store. References must outlive the maker.
  BatchMaker(const PictureStore& store, const std::vector<std::vector<int>>& labels, int classes,
             const NetworkInput& input, const AugmentOptions& augment, int threads);

  Result<Batch> Make(const std::vector<BatchItem>& items, int size) const;
  // The same pictures as search sees them.
  Result<Batch> MakePlain(const std::vector<size_t>& pictures, int size) const;

  // Starts making a batch in the background; Take waits for it. One thread may call these, in turn.
  void Start(std::vector<BatchItem> items, int size);
  Result<Batch> Take();

 private:
  template <typename Fill>
  Result<Batch> MakeWith(size_t count, int size, const Fill& fill) const;

  const PictureStore& store_;
  const std::vector<std::vector<int>>& labels_;
  int classes_;
  NetworkInput input_;
  AugmentOptions augment_;
  int threads_;
  std::future<Result<Batch>> next_;
};

}  // namespace hashlens

#endif  // HASHLENS_TRAIN_BATCHES_H_
