#include "train/features.h"

#include <atomic>
#include <condition_variable>
#include <mutex>
#include <thread>

#include "base/try.h"
#include "image/preprocess.h"
#include "library/jobs.h"

namespace hashlens {
namespace {

constexpr auto kProgressInterval = std::chrono::milliseconds(100);

Status MakeOne(const PictureStore& store, size_t picture, const ModelPackage& package,
               const FeatureMaker& maker, std::span<float> out) {
  HL_ASSIGN(const Image image, store.Get(picture));
  MadeFeature made;
  HL_TRY(maker.RunNetwork(
      CropToSquare(image, package.input.size, package.input.crop_fraction, package.input.fit),
      &made));
  if (!NormaliseAndRound(made.values))
    return Corruption(Printable(store.path(picture)) + ": its feature is not finite");
  std::copy(made.values.begin(), made.values.end(), out.begin());
  return {};
}

}  // namespace

Result<std::vector<float>> FeaturesOf(const PictureStore& store,
                                      const std::vector<size_t>& pictures,
                                      const ModelPackage& package, const OpenOptions& options,
                                      const ProgressFunction& progress, std::stop_token stop) {
  const int jobs = JobCount(options.jobs);
  HL_ASSIGN(const FeatureMaker maker, LoadMaker(package, options, jobs));
  const auto dim = static_cast<size_t>(package.dim);
  std::vector<float> features(pictures.size() * dim);
  std::atomic<size_t> next{0};
  std::mutex mutex;
  std::condition_variable changed;
  Status failure;
  size_t done = 0;
  int running = jobs;
  const auto work = [&] {
    for (size_t i = next++; i < pictures.size() && !stop.stop_requested(); i = next++) {
      const Status status =
          MakeOne(store, pictures[i], package, maker, std::span(features).subspan(i * dim, dim));
      const std::lock_guard lock(mutex);
      ++done;
      if (!status.ok()) failure = status;
      if (!failure.ok()) break;
    }
    const std::lock_guard lock(mutex);
    --running;
    changed.notify_all();
  };
  std::vector<std::jthread> threads;
  for (int i = 0; i < jobs; ++i) threads.emplace_back(work);
  std::unique_lock lock(mutex);
  while (!changed.wait_for(lock, kProgressInterval, [&] { return running == 0; })) {
    if (progress) progress({"features", done, pictures.size(), 0, 0, {}});
  }
  lock.unlock();
  threads.clear();
  if (stop.stop_requested()) return Cancelled("stopped while making features");
  HL_TRY(failure);
  return features;
}

}  // namespace hashlens
