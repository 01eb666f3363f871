#include "apps/server/batcher.h"

#include <algorithm>
#include <exception>
#include <utility>

namespace hashlens {
namespace {

bool GoTogether(const SearchOptions& a, const SearchOptions& b) {
  return a.k == b.k && a.candidates == b.candidates && a.most_candidates == b.most_candidates &&
         a.radius == b.radius && a.strategy == b.strategy && a.rerank == b.rerank && !a.after &&
         !b.after && a.filter == b.filter;
}

}  // namespace

int Batcher::MostAtOnce() {
  static const int kMost = UsableProcessors() + 1;
  return kMost;
}

size_t Batcher::waiting() const {
  std::lock_guard lock(mutex_);
  return waiting_.size();
}

std::vector<Batcher::Waiting*> Batcher::Take(Waiting* first) {
  std::vector<Waiting*> batch{first};
  for (Waiting* other : waiting_) {
    if (other != first && batch.size() < kMostTogether &&
        GoTogether(*first->options, *other->options))
      batch.push_back(other);
  }
  for (Waiting* one : batch) one->taken = true;
  std::erase_if(waiting_, [](const Waiting* one) { return one->taken; });
  return batch;
}

std::vector<Batcher::Answer> Batcher::Run(const std::vector<Waiting*>& batch) const {
  const SearchOptions& options = *batch.front()->options;
  std::vector<Query> queries;
  for (Waiting* one : batch) queries.push_back(std::move(one->query));
  auto results = library_->Search(queries, options);
  std::vector<Answer> answers;
  if (results.ok()) {
    metrics_->AddBatch(batch.size());
    for (Result<SearchResult>& result : *results) answers.push_back({std::move(result), true});
    return answers;
  }
  if (batch.size() == 1) {
    answers.push_back(Answer{results.status(), false});
    return answers;
  }
  // One that cannot be asked at all fails alone.
  for (const Query& query : queries) {
    auto alone = library_->Search({&query, 1}, options);
    if (alone.ok()) metrics_->AddBatch(1);
    answers.push_back(alone.ok() ? Answer{std::move(alone->front()), true}
                                 : Answer{alone.status(), false});
  }
  return answers;
}

Batcher::Answer Batcher::Search(Query query, const SearchOptions& options,
                                std::chrono::milliseconds most) {
  Waiting own{std::move(query), &options, false, std::nullopt};
  const auto deadline = std::chrono::steady_clock::now() + most;
  std::unique_lock lock(mutex_);
  waiting_.push_back(&own);
  const auto ready = [&] { return own.answer || (!own.taken && running_ < MostAtOnce()); };
  while (!own.answer) {
    if (own.taken) {
      changed_.wait(lock, ready);
    } else if (!changed_.wait_until(lock, deadline, ready) && !own.taken) {
      std::erase(waiting_, &own);
      return {Busy("too many searches at once; this one's turn did not come in time"), false};
    }
    if (own.answer || own.taken) continue;
    ++running_;
    const std::vector<Waiting*> batch = Take(&own);
    lock.unlock();
    std::vector<Answer> answers;
    try {
      answers = Run(batch);
    } catch (const std::exception&) {
      answers.assign(batch.size(), Answer{IoError("out of memory"), false});
    }
    lock.lock();
    --running_;
    for (size_t i = 0; i < batch.size(); ++i) batch[i]->answer = std::move(answers[i]);
    changed_.notify_all();
  }
  return std::move(*own.answer);
}

}  // namespace hashlens
