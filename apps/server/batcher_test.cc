// Searches of many threads: each gets what it would get alone.
#include "apps/server/batcher.h"

#include <atomic>
#include <barrier>
#include <random>
#include <semaphore>
#include <thread>
#include <vector>

#include "apps/server/test_library.h"
#include "apps/server/test_threads.h"

namespace hashlens {
namespace {

constexpr uint64_t kPictures = 40;

std::string TextOf(const Result<SearchResult>& result) {
  if (!result.ok()) {
    return "failed: " + std::to_string(static_cast<int>(result.status().code())) + " " +
           result.status().message();
  }
  std::string text = result->query + ", rows " + std::to_string(result->rows) + ", candidates " +
                     std::to_string(result->candidates) + (result->exact ? ", exact" : "");
  if (result->next) text += ", next " + std::to_string(result->next->id) + result->next->codes;
  for (const Hit& hit : result->hits) {
    text += "\n" + std::to_string(hit.rank) + " " + std::to_string(hit.id) + " " +
            hit.path.native() + " " + std::to_string(hit.hamming) + " " +
            (hit.distance ? std::to_string(*hit.distance) : "-") + " " + std::to_string(hit.width);
  }
  return text;
}

std::string TextOf(const Batcher::Answer& answer) {
  return TextOf(answer.result) + (answer.of_query ? "" : "\nof the library");
}

SearchOptions ByCode(size_t k) {
  SearchOptions options;
  options.k = k;
  options.rerank = false;
  return options;
}

// A search with a cursor goes with no other.
SearchOptions OnItsOwn() {
  SearchOptions options = ByCode(3);
  options.after = Cursor{1, 1, {}};
  return options;
}

Query OfText(const std::string& text) {
  Query query;
  query.text = text;
  return query;
}

class BatcherThreads : public ServedLibraryTest {
 protected:
  void SetUp() override {
    ServedLibraryTest::SetUp();
    Fill();
    OpenOptions options = open();
    auto alone = Library::Open(library(), options);
    ASSERT_TRUE(alone.ok()) << alone.status().message();
    alone_.emplace(std::move(*alone));
    options.follow = true;
    auto served = Library::Open(library(), options);
    ASSERT_TRUE(served.ok()) << served.status().message();
    served_.emplace(std::move(*served));
    batcher_.emplace(&*served_, &metrics_);
  }

  virtual void Fill() {
    auto writer = LibraryWriter::Open(library(), open());
    ASSERT_TRUE(writer.ok()) << writer.status().message();
    ASSERT_TRUE(AddImages(&*writer, "given", kPictures).ok());
  }

  // What a search must give.
  std::string Alone(const Query& query, const SearchOptions& options) const {
    auto results = alone_->Search({&query, 1}, options);
    return results.ok() ? TextOf(results->front()) : TextOf({results.status(), false});
  }

  // Searches on a thread of its own, and checks the answer.
  void Start(const Query& query, const SearchOptions& options) {
    threads_.emplace_back([this, query, options, expected = Alone(query, options)] {
      EXPECT_EQ(TextOf(batcher_->Search(query, options, kForever)), expected);
    });
  }

  // With the library held: takes every place, so that what comes now waits. One search waits
  // already.
  void Occupy() {
    for (int i = 0; i <= Batcher::MostAtOnce(); ++i) Start(OfId(1), OnItsOwn());
    Until([this] { return batcher_->waiting() == 1; });
  }
  uint64_t Occupying() const { return static_cast<uint64_t>(Batcher::MostAtOnce()) + 1; }

  void ExpectCounted(uint64_t batches, uint64_t queries) const {
    const std::string text = metrics_.Text();
    const auto has = [&](const std::string& line) {
      EXPECT_NE(text.find("\n" + line + "\n"), std::string::npos) << line << "\n" << text;
    };
    has("hashlens_search_batches_total " + std::to_string(batches));
    has("hashlens_search_queries_total " + std::to_string(queries));
  }

  Metrics metrics_;
  std::optional<Library> alone_;   // as it was at the start
  std::optional<Library> served_;  // follows
  std::optional<Batcher> batcher_;
  std::vector<std::jthread> threads_;
};

// With files as queries, for which the network is needed.
class BatcherPictureThreads : public BatcherThreads {
 protected:
  void Fill() override { IndexPictures(kPictures); }

  std::vector<Query> Queries() const {
    std::vector<Query> queries{OfId(1), OfId(17), OfId(9999), OfText("a dog"), Query()};
    Query file;
    file.file = PictureFile(5);
    queries.push_back(file);
    file.file = pictures() / "none.ppm";
    queries.push_back(file);
    Query bytes;
    bytes.file = "sent.ppm";
    bytes.bytes = PictureBytes(77);
    queries.push_back(bytes);
    bytes.region = Region{0.25, 0.25, 0.5, 0.5};
    queries.push_back(bytes);
    bytes.bytes = "no picture";
    queries.push_back(bytes);
    Query like;
    like.like = {2, 3};
    like.unlike = {4};
    queries.push_back(like);
    return queries;
  }

  std::vector<SearchOptions> AllOptions() const {
    std::vector<SearchOptions> all{SearchOptions(), ByCode(7), ByCode(40), OnItsOwn()};
    SearchOptions options;
    options.k = 3;
    options.candidates = 5;
    all.push_back(options);
    options.radius = 4;
    all.push_back(options);
    options.filter.under = {pictures() / "a"};
    all.push_back(options);
    options = SearchOptions();
    options.strategy = Strategy::kScan;
    all.push_back(options);
    options.strategy = Strategy::kMih;  // the library refuses it: its codes are not arranged
    all.push_back(options);
    options.k = 0;
    all.push_back(options);
    return all;
  }
};

TEST_F(BatcherPictureThreads, EachGetsWhatItWouldGetAlone) {
  const std::vector<Query> queries = Queries();
  const std::vector<SearchOptions> options = AllOptions();
  std::vector<std::vector<std::string>> expected;
  for (const Query& query : queries) {
    expected.emplace_back();
    for (const SearchOptions& each : options) expected.back().push_back(Alone(query, each));
  }
  constexpr size_t kThreads = 8;
  constexpr int kRounds = 25;
  std::barrier together(kThreads);
  std::atomic<int> answered{0};
  RunTogether(kThreads, [&](size_t thread) {
    std::mt19937_64 random(thread);
    for (int round = 0; round < kRounds; ++round) {
      const size_t query = random() % queries.size();
      // Most rounds ask in few ways, so that searches may go together.
      const size_t way = random() % (round % 4 == 0 ? options.size() : 2);
      together.arrive_and_wait();
      const auto answer = batcher_->Search(queries[query], options[way], kForever);
      EXPECT_EQ(TextOf(answer), expected[query][way]) << "query " << query << ", options " << way;
      ++answered;
    }
  });
  EXPECT_EQ(answered, static_cast<int>(kThreads) * kRounds);
  EXPECT_EQ(batcher_->waiting(), 0U);
}

// Of each option another value than ByCode(5) has.
std::vector<SearchOptions> Others() {
  std::vector<SearchOptions> others(6, ByCode(5));
  others[0].k = 6;
  others[1].candidates = 500;
  others[2].radius = 3;
  others[3].strategy = Strategy::kScan;
  others[4].rerank = true;
  others[5].filter.added_since = int64_t{1} << 60;  // of nothing
  return others;
}

TEST_F(BatcherThreads, ThoseThatWaitGoTogether) {
  std::optional<Hold> hold(std::in_place, *served_, folder() / "export");
  Occupy();
  for (uint64_t i = 0; i < 70; ++i) Start(OfId(1 + i % kPictures), ByCode(5));
  const std::vector<SearchOptions> others = Others();
  for (const SearchOptions& options : others) {
    for (uint64_t id = 1; id <= 2; ++id) Start(OfId(id), options);
  }
  for (uint64_t id = 1; id <= 2; ++id) Start(OfId(id), OnItsOwn());
  const uint64_t queries = 70 + 2 * others.size() + 2;
  Until([&] { return batcher_->waiting() == 1 + queries; });
  hold.reset();
  threads_.clear();
  // 64 and 6; two of each of the others; 1 and 1.
  ExpectCounted(Occupying() + 2 + others.size() + 2, Occupying() + queries);
}

TEST_F(BatcherThreads, WhatCannotBeAskedFailsAlone) {
  std::optional<Hold> hold(std::in_place, *served_, folder() / "export");
  Occupy();
  const std::string text = Alone(OfText("a dog"), ByCode(5));
  ASSERT_TRUE(text.starts_with("failed") && text.ends_with("of the library")) << text;
  Start(OfText("a dog"), ByCode(5));
  for (uint64_t id = 1; id <= 4; ++id) Start(OfId(id), ByCode(5));
  Start(OfId(9999), ByCode(5));
  Until([this] { return batcher_->waiting() == 1 + 6; });
  hold.reset();
  threads_.clear();
  // The others were searched one by one.
  ExpectCounted(Occupying() + 5, Occupying() + 5);
}

TEST_F(BatcherThreads, BusyWhenItsTurnDoesNotCome) {
  constexpr int kMore = 5;
  const int most = Batcher::MostAtOnce();
  std::optional<Hold> hold(std::in_place, *served_, folder() / "export");
  const std::string expected = Alone(OfId(3), ByCode(5));
  std::counting_semaphore<> busy(0);
  std::atomic<int> answered{0};
  for (int i = 0; i < most + kMore; ++i) {
    threads_.emplace_back([&] {
      const auto answer = batcher_->Search(OfId(3), ByCode(5), std::chrono::milliseconds{0});
      if (answer.result.status().code() == StatusCode::kBusy) {
        EXPECT_FALSE(answer.of_query);
        busy.release();
        return;
      }
      EXPECT_EQ(TextOf(answer), expected);
      ++answered;
    });
  }
  // Nothing ends while the library is held: all but those that have a place give up.
  for (int i = 0; i < kMore; ++i) busy.acquire();
  EXPECT_EQ(answered, 0);
  EXPECT_EQ(batcher_->waiting(), 0U);
  hold.reset();
  threads_.clear();
  EXPECT_EQ(answered, most);
  EXPECT_FALSE(busy.try_acquire());
  Start(OfId(3), ByCode(5));  // and there is room again
}

}  // namespace
}  // namespace hashlens
