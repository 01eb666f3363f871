#include "train/picture_store.h"

#include <algorithm>
#include <atomic>
#include <cmath>
#include <condition_variable>
#include <mutex>
#include <thread>

#include "base/try.h"
#include "image/decode.h"
#include "image/preprocess.h"
#include "library/decode_limits.h"

namespace hashlens {
namespace {

constexpr auto kProgressInterval = std::chrono::milliseconds(100);

// Much larger than needed only when the format has no shrinking decoder.
Image Shrunk(Image image, int short_side) {
  const int shorter = std::min(image.width, image.height);
  if (shorter <= short_side * 5 / 4) return image;
  const double factor = static_cast<double>(short_side) / shorter;
  const auto scaled = [&](int side) {
    return std::max(1, static_cast<int>(std::lround(side * factor)));
  };
  return Resample(image,
                  {0, 0, static_cast<double>(image.width), static_cast<double>(image.height)},
                  scaled(image.width), scaled(image.height));
}

}  // namespace

PictureStore::PictureStore(std::vector<LabelledPicture> pictures, const StoreOptions& options)
    : pictures_(std::move(pictures)),
      limits_(options.limits),
      short_side_(options.short_side),
      kept_(pictures_.size()) {}

Result<Image> PictureStore::Decode(size_t i) const {
  HL_ASSIGN(const std::vector<std::byte> bytes, ReadPicture(pictures_[i], limits_.max_bytes));
  DecodeOptions decode = LimitsOf(limits_);
  decode.min_short_side = short_side_;
  HL_ASSIGN(DecodedImage decoded, DecodeImage(bytes, decode));
  return Shrunk(std::move(decoded.image), short_side_);
}

Result<Image> PictureStore::Get(size_t i) const {
  if (!kept_[i].rgb.empty()) return kept_[i];
  return Decode(i);
}

Result<PictureStore> PictureStore::Read(std::vector<LabelledPicture> pictures,
                                        const StoreOptions& options) {
  PictureStore store(std::move(pictures), options);
  std::atomic<size_t> next{0};
  std::atomic<uint64_t> used{0};
  std::mutex mutex;
  std::condition_variable changed;
  size_t done = 0;
  int running = std::max(1, options.jobs);
  Status no_decoder;
  const auto work = [&] {
    for (size_t i = next++; i < store.size() && !options.stop.stop_requested(); i = next++) {
      auto image = store.Decode(i);
      if (image.ok() && used.fetch_add(image->rgb.size()) < options.max_bytes)
        store.kept_[i] = std::move(*image);
      const std::lock_guard lock(mutex);
      if (!image.ok()) store.unreadable_.push_back({i, image.status().message()});
      if (IsNoDecoder(image.status())) {
        no_decoder = IoError(image.status().message());
        next = store.size();  // no other picture can be read either
      }
      ++done;
    }
    const std::lock_guard lock(mutex);
    --running;
    changed.notify_all();
  };
  std::vector<std::jthread> threads;
  for (int i = 0, count = running; i < count; ++i) threads.emplace_back(work);
  std::unique_lock lock(mutex);
  while (!changed.wait_for(lock, kProgressInterval, [&] { return running == 0; })) {
    if (options.progress)
      options.progress({"reading pictures", done, store.size(), store.unreadable_.size(), 0, {}});
  }
  lock.unlock();
  threads.clear();
  if (!no_decoder.ok()) return no_decoder;
  if (options.stop.stop_requested()) return Cancelled("stopped while reading pictures");
  std::ranges::sort(store.unreadable_, {}, &Unreadable::picture);
  return store;
}

}  // namespace hashlens
