#include "eval/picture_pass.h"

#include <atomic>
#include <condition_variable>
#include <mutex>
#include <optional>
#include <thread>

#include "base/guard.h"
#include "base/half.h"
#include "base/try.h"
#include "library/picture_feature.h"
#include "library/stopwatch.h"

namespace hashlens {
namespace {

constexpr std::chrono::milliseconds kProgressEvery{100};
constexpr uint64_t kMostFailed = 10;  // one in so many may fail

// What became of one picture.
struct Outcome {
  Status status;
  double decode_ms = 0;
  double network_ms = 0;
};

Status TooManyFailed(const FeatureSet& set, size_t all) {
  return Corruption(std::to_string(set.failed) + " of " + std::to_string(all) +
                    " pictures cannot be read, more than one in " + std::to_string(kMostFailed) +
                    "; the first is " + set.failures.front());
}

Result<MadeFeature> MakeFeature(const FeatureMaker& maker, const LabelledPicture& picture,
                                uint64_t max_bytes, bool* fatal) {
  return GuardExceptions([&]() -> Result<MadeFeature> {
    const Stopwatch watch;
    HL_ASSIGN(const std::vector<std::byte> bytes, ReadPicture(picture, max_bytes));
    const double read_seconds = watch.Seconds();
    HL_ASSIGN(MadeFeature made, maker.Make(ByteSpan(bytes), fatal));
    made.decode_seconds += read_seconds;
    return made;
  });
}

}  // namespace

Status PassOver(size_t count, int threads, std::string_view stage, const PassOptions& options,
                const std::function<Status(size_t)>& work,
                const std::function<uint64_t()>& failed) {
  std::atomic<size_t> next = 0;
  std::mutex mutex;
  std::condition_variable ended;
  size_t done = 0;       // guarded by mutex
  int running = 0;       // guarded by mutex
  Status first_failure;  // guarded by mutex
  std::atomic<bool> give_up = false;
  const auto run = [&] {
    for (size_t i = next++; i < count && !give_up && !options.stop.stop_requested(); i = next++) {
      Status status = work(i);
      const std::lock_guard lock(mutex);
      ++done;
      if (!status.ok() && first_failure.ok()) first_failure = std::move(status);
      give_up = give_up || !first_failure.ok();
    }
    const std::lock_guard lock(mutex);
    --running;
    ended.notify_one();
  };
  std::vector<std::jthread> workers;
  workers.reserve(static_cast<size_t>(threads));
  running = threads;
  for (int i = 0; i < threads; ++i) workers.emplace_back(run);
  {
    std::unique_lock lock(mutex);
    while (!ended.wait_for(lock, kProgressEvery, [&] { return running == 0; })) {
      if (!options.progress) continue;
      const size_t so_far = done;
      lock.unlock();
      options.progress({stage, so_far, count, failed(), 0});
      lock.lock();
    }
  }
  HL_TRY(first_failure);
  if (done < count) return Cancelled("stopped");
  if (options.progress) options.progress({stage, count, count, failed(), 0});
  return {};
}

Result<FeatureSet> MakeFeatures(const FeatureMaker& maker, std::vector<LabelledPicture> pictures,
                                std::string_view stage, const PassOptions& options) {
  const size_t dim = static_cast<size_t>(maker.dim());
  std::vector<uint16_t> half(pictures.size() * dim);
  std::vector<Outcome> outcomes(pictures.size());
  std::atomic<uint64_t> failed = 0;
  const auto make = [&](size_t i) -> Status {
    bool fatal = false;
    const auto made = MakeFeature(maker, pictures[i], options.max_bytes, &fatal);
    if (!made.ok()) {
      if (fatal) return made.status();
      ++failed;
      outcomes[i].status = made.status();
      return {};
    }
    for (size_t j = 0; j < dim; ++j) half[i * dim + j] = HalfFromFloat(made->values[j]);
    outcomes[i] = {{}, made->decode_seconds * 1e3, made->network_seconds * 1e3};
    return {};
  };
  HL_TRY(PassOver(pictures.size(), IngestWorkers(options.jobs), stage, options, make,
                  [&] { return failed.load(); }));

  FeatureSet set;
  size_t kept = 0;
  for (size_t i = 0; i < pictures.size(); ++i) {
    if (!outcomes[i].status.ok()) {
      ++set.failed;
      if (set.failures.size() < kReportedFailures)
        set.failures.push_back(Printable(pictures[i].path) + ": " + outcomes[i].status.message());
      continue;
    }
    set.decode_ms += outcomes[i].decode_ms;
    set.network_ms += outcomes[i].network_ms;
    if (kept != i) {
      std::copy_n(half.begin() + static_cast<ptrdiff_t>(i * dim), dim,
                  half.begin() + static_cast<ptrdiff_t>(kept * dim));
    }
    ++kept;
    set.pictures.push_back(std::move(pictures[i]));
  }
  if (set.failed * kMostFailed > pictures.size()) return TooManyFailed(set, pictures.size());
  half.resize(kept * dim);
  set.features = {dim, std::move(half)};
  return set;
}

}  // namespace hashlens
