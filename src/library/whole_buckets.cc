#include "library/whole_buckets.h"

#include <algorithm>
#include <iterator>
#include <mutex>
#include <tuple>

#include "base/parallel.h"
#include "base/try.h"
#include "hash/hash_head.h"
#include "index/rerank.h"

namespace hashlens {
namespace {

// Rows that one thread takes at once, a multiple of 64.
constexpr uint64_t kChunkRows = 4096;
// Chunks of a thread between two reports of progress.
constexpr uint64_t kRoundChunks = 4;
// Rows whose features are read together.
constexpr uint64_t kReadRows = 64;
// A list of the best grows by at least so many before it is cut to size.
constexpr size_t kSlack = 256;
// Queries that are ranked in one pass over the features: at most so many, and as many as their
// lists have room in these bytes. With so many queries, reading takes little beside comparing.
constexpr size_t kMostPassQueries = 256;
constexpr uint64_t kPassBytes = uint64_t{256} << 20;

struct Scored {
  float distance = 0;
  uint64_t row = 0;
  uint32_t hamming = 0;
};

bool Better(const Scored& a, const Scored& b) {
  return std::tie(a.distance, a.row) < std::tie(b.distance, b.row);
}

// The best k of those that were added.
class Best {
 public:
  explicit Best(size_t k) : k_(k) {}

  void Add(const Scored& one) {
    if (full_ && !Better(one, worst_)) return;
    scored_.push_back(one);
    if (scored_.size() >= 2 * k_ + kSlack) Cut();
  }
  void Add(const Best& other) {
    for (const Scored& one : other.scored_) Add(one);
  }
  std::vector<Scored> Take() {
    Cut();
    std::ranges::sort(scored_, Better);
    return std::move(scored_);
  }
  // An empty list that takes only what this one would take.
  Best Under() const {
    Best empty(k_);
    empty.full_ = full_;
    empty.worst_ = worst_;
    return empty;
  }

 private:
  void Cut() {
    if (scored_.size() < k_) return;
    const auto last = scored_.begin() + static_cast<ptrdiff_t>(k_ - 1);
    std::ranges::nth_element(scored_, last, Better);
    full_ = true;
    worst_ = *last;
    scored_.resize(k_);
  }

  size_t k_;
  bool full_ = false;
  Scored worst_;  // the k-th, when it is full
  std::vector<Scored> scored_;
};

Status Stopped() { return Cancelled("stopped; nothing was ranked to the end"); }

class Pass {
 public:
  Pass(const Snapshot& snapshot, std::span<const std::vector<float>> features,
       std::span<const uint8_t> codes, const SearchOptions& options, const Bitmap* allowed)
      : snapshot_(snapshot),
        queries_(features.begin(), features.end()),
        codes_(codes),
        radius_(
            static_cast<uint32_t>(options.all_features ? snapshot.head().bits : options.bucket)),
        allowed_(allowed),
        stop_(options.stop),
        best_(features.size(), Best(options.k)),
        candidates_(features.size()) {
    for (std::vector<float>& query : queries_) CentreAndNormalise(query, snapshot.head().mean);
  }

  // The rows of one chunk; called by several threads.
  void RankChunk(uint64_t begin, uint64_t end) {
    const size_t code_bytes = snapshot_.codes().code_bytes();
    std::vector<std::vector<Neighbor>> within(queries_.size());
    std::vector<Best> best;
    {
      std::lock_guard lock(mutex_);
      if (!status_.ok()) return;
      for (const Best& so_far : best_) best.push_back(so_far.Under());
    }
    for (size_t i = 0; i < within.size(); ++i) {
      within[i] = snapshot_.codes().Within(codes_.subspan(i * code_bytes, code_bytes), radius_,
                                           begin, end, allowed_);
    }
    const Status status = RankRows(within, &best);
    std::lock_guard lock(mutex_);
    if (!status.ok() && status_.ok()) status_ = status;
    for (size_t i = 0; i < best.size(); ++i) {
      best_[i].Add(best[i]);
      candidates_[i] += within[i].size();
    }
  }

  const Status& status() const { return status_; }

  std::vector<RankedBucket> Take() {
    std::vector<RankedBucket> buckets;
    for (size_t i = 0; i < best_.size(); ++i) {
      RankedBucket& bucket = buckets.emplace_back();
      bucket.candidates = candidates_[i];
      for (const Scored& one : best_[i].Take())
        bucket.hits.push_back({0, snapshot_.id(one.row), {}, one.hamming, one.distance});
    }
    return buckets;
  }

 private:
  // within: of each query its rows of a chunk, ascending.
  Status RankRows(const std::vector<std::vector<Neighbor>>& within, std::vector<Best>* best) const {
    std::vector<uint64_t> rows;
    for (const auto& list : within) {
      for (const Neighbor& near : list) rows.push_back(near.row);
    }
    if (within.size() > 1) {
      std::ranges::sort(rows);
      rows.erase(std::unique(rows.begin(), rows.end()), rows.end());
    }
    snapshot_.PrefetchFeatures(rows);
    std::vector<size_t> next(within.size());  // of each list
    StoredRows stored;
    for (size_t i = 0; i < rows.size();) {
      if (stop_.stop_requested()) return Stopped();
      uint64_t count = 1;  // rows that follow each other are read together
      while (count < kReadRows && i + count < rows.size() && rows[i + count] == rows[i] + count)
        ++count;
      HL_ASSIGN(count, snapshot_.ReadFeatures(rows[i], count, &stored));
      for (uint64_t r = 0; r < count; ++r)
        RankRow(rows[i + r], &stored.values[r * snapshot_.head().mean.size()], within, &next, best);
      i += count;
    }
    return {};
  }

  void RankRow(uint64_t row, const uint16_t* feature,
               const std::vector<std::vector<Neighbor>>& within, std::vector<size_t>* next,
               std::vector<Best>* best) const {
    for (size_t i = 0; i < within.size(); ++i) {
      size_t& at = (*next)[i];
      if (at == within[i].size() || within[i][at].row != row) continue;
      const float distance = CentredDistance(queries_[i], snapshot_.head().mean, feature);
      (*best)[i].Add({distance, row, within[i][at].distance});
      ++at;
    }
  }

  const Snapshot& snapshot_;
  std::vector<std::vector<float>> queries_;  // centred, of unit length
  std::span<const uint8_t> codes_;
  uint32_t radius_;
  const Bitmap* allowed_;
  std::stop_token stop_;
  std::mutex mutex_;
  Status status_;           // of the first chunk that failed; this and what follows by mutex_
  std::vector<Best> best_;  // of each query
  std::vector<uint64_t> candidates_;
};

// Of the lists of one query on every thread, and of what they are put into.
uint64_t QueryBytes(const Snapshot& snapshot, const SearchOptions& options, uint64_t threads) {
  const uint64_t best = 2 * std::min<uint64_t>(options.k, snapshot.rows()) + kSlack;
  return (threads + 1) * (kChunkRows * sizeof(Neighbor) + best * sizeof(Scored));
}

}  // namespace

Result<std::vector<RankedBucket>> RankWholeBuckets(const Snapshot& snapshot,
                                                   const std::vector<std::vector<float>>& features,
                                                   std::span<const uint8_t> codes,
                                                   const SearchOptions& options,
                                                   const Bitmap* allowed, int threads) {
  const auto at_once = static_cast<uint64_t>(std::max(1, threads));
  const uint64_t round = at_once * kRoundChunks * kChunkRows;
  const auto room =
      std::clamp<size_t>(kPassBytes / QueryBytes(snapshot, options, at_once), 1, kMostPassQueries);
  const size_t passes = (features.size() + room - 1) / room;
  const size_t code_bytes = snapshot.codes().code_bytes();
  std::vector<RankedBucket> all;
  for (size_t number = 0; number < passes; ++number) {
    const size_t query = number * room;
    const size_t count = std::min(room, features.size() - query);
    Pass pass(snapshot, std::span(features).subspan(query, count),
              codes.subspan(query * code_bytes, count * code_bytes), options, allowed);
    for (uint64_t first = 0; first < snapshot.rows(); first += round) {
      if (options.stop.stop_requested()) return Stopped();
      const uint64_t end = std::min(snapshot.rows(), first + round);
      RunParallel(at_once, (end - first + kChunkRows - 1) / kChunkRows, [&](size_t chunk) {
        const uint64_t begin = first + chunk * kChunkRows;
        pass.RankChunk(begin, std::min(end, begin + kChunkRows));
      });
      HL_TRY(pass.status());
      if (options.progress) {
        options.progress(
            {"ranking by feature", number * snapshot.rows() + end, passes * snapshot.rows(), 0, 0});
      }
    }
    std::ranges::move(pass.Take(), std::back_inserter(all));
  }
  return all;
}

}  // namespace hashlens
