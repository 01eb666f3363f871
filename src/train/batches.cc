#include "train/batches.h"

#include <atomic>
#include <mutex>
#include <thread>

#include "base/try.h"

namespace hashlens {

BatchMaker::BatchMaker(const PictureStore& store, const std::vector<std::vector<int>>& labels,
                       int classes, const NetworkInput& input, const AugmentOptions& augment,
                       int threads)
    : store_(store),
      labels_(labels),
      classes_(classes),
      input_(input),
      augment_(augment),
      threads_(threads) {}

// fill(row, out): the picture of a row into its floats and its place in the store.
template <typename Fill>
Result<Batch> BatchMaker::MakeWith(size_t count, int size, const Fill& fill) const {
  const auto n = static_cast<int64_t>(count);
  Batch batch;
  torch::Tensor pixels = torch::empty({n, size, size, 3});
  batch.targets = torch::zeros({n, classes_});
  auto* out = pixels.data_ptr<float>();
  auto* targets = batch.targets.data_ptr<float>();
  const size_t each = static_cast<size_t>(size) * static_cast<size_t>(size) * 3;
  std::atomic<size_t> next{0};
  std::mutex mutex;
  Status failure;
  const auto work = [&] {
    for (size_t row = next++; row < count; row = next++) {
      const auto picture = fill(row, std::span(out + row * each, each));
      if (!picture.ok()) {
        const std::lock_guard lock(mutex);
        failure = picture.status();
        return;
      }
      for (const int label : labels_[*picture])
        targets[row * static_cast<size_t>(classes_) + static_cast<size_t>(label)] = 1;
    }
  };
  {
    std::vector<std::jthread> threads;
    for (int i = 1; i < threads_; ++i) threads.emplace_back(work);
    work();
  }
  HL_TRY(failure);
  batch.pictures = pixels.permute({0, 3, 1, 2});
  return batch;
}

Result<Batch> BatchMaker::Make(const std::vector<BatchItem>& items, int size) const {
  return MakeWith(items.size(), size, [&](size_t row, std::span<float> out) -> Result<size_t> {
    const auto [picture, seed] = items[row];
    HL_ASSIGN(const Image image, store_.Get(picture));
    AugmentedInput(image, augment_, input_, size, seed, out);
    return picture;
  });
}

Result<Batch> BatchMaker::MakePlain(const std::vector<size_t>& pictures, int size) const {
  return MakeWith(pictures.size(), size, [&](size_t row, std::span<float> out) -> Result<size_t> {
    HL_ASSIGN(const Image image, store_.Get(pictures[row]));
    PlainInput(image, input_, size, out);
    return pictures[row];
  });
}

void BatchMaker::Start(std::vector<BatchItem> items, int size) {
  next_ = std::async(std::launch::async,
                     [this, items = std::move(items), size] { return Make(items, size); });
}

Result<Batch> BatchMaker::Take() { return next_.get(); }

}  // namespace hashlens
