// Searches that come at the same time are searched together.
#ifndef HASHLENS_APPS_SERVER_BATCHER_H_
#define HASHLENS_APPS_SERVER_BATCHER_H_

#include <chrono>
#include <condition_variable>
#include <deque>
#include <mutex>
#include <optional>
#include <vector>

#include "apps/server/metrics.h"
#include "hashlens/library.h"

namespace hashlens {

// As many go at once as keep all cores busy. Nothing waits for company: a query that finds a search
// free goes at once, and those that find none gather and go together, as far as they ask with the
// same options. Thread-safe.
class Batcher {
 public:
  // Searches that go at once. A search is most of its time on one core; one more than there are
  // cores, so that none idles while answers are handed out.
  static int MostAtOnce();

  // Both outlive it.
  Batcher(const Library* library, Metrics* metrics) : library_(library), metrics_(metrics) {}

  struct Answer {
    Result<SearchResult> result;
    bool of_query = true;  // the failure is the query's own, not the library's
  };
  // kBusy when its turn does not come in that time.
  Answer Search(Query query, const SearchOptions& options, std::chrono::milliseconds most);
  // Queries whose turn has not come yet.
  size_t waiting() const;

 private:
  struct Waiting {
    Query query;
    const SearchOptions* options;
    bool taken = false;
    std::optional<Answer> answer;
  };
  static constexpr size_t kMostTogether = 64;

  // The one, and others that may go with it.
  std::vector<Waiting*> Take(Waiting* first);
  // Answers in the order of the batch; without the lock.
  std::vector<Answer> Run(const std::vector<Waiting*>& batch) const;

  const Library* library_;
  Metrics* metrics_;
  mutable std::mutex mutex_;
  std::condition_variable changed_;
  std::deque<Waiting*> waiting_;
  int running_ = 0;
};

}  // namespace hashlens

#endif  // HASHLENS_APPS_SERVER_BATCHER_H_
