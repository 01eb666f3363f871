// What is ranked by feature: whole Hamming shells, whole buckets, everything. Against one search
// that ranks all images.
#include "library/whole_buckets.h"

#include <algorithm>
#include <tuple>

#include "library/test_library.h"

namespace hashlens {
namespace {

constexpr size_t kImages = 5000;  // more than one chunk of a thread
constexpr size_t kCentres = 40;   // features lie around so many: many have the same code

class WholeBucketsTest : public LibraryTest {
 protected:
  void SetUp() override {
    LibraryTest::SetUp();
    std::mt19937_64 random(3);
    std::normal_distribution<float> normal;
    std::vector<std::vector<float>> centres(kCentres, std::vector<float>(kTestDim));
    for (auto& centre : centres) std::ranges::generate(centre, [&] { return normal(random); });
    AddOptions add;
    size_t made = 0;
    add.next = [&]() -> Result<std::optional<GivenPicture>> {
      if (made == kImages) return std::optional<GivenPicture>();
      GivenPicture given{std::to_string(made), {}, centres[random() % kCentres], {}};
      for (float& value : given.feature) value += 0.1F * normal(random);
      if (made++ % 3 == 0) given.tags = {{"third", "yes"}};
      return std::optional(std::move(given));
    };
    ASSERT_TRUE(Writer(12)->Add(add).ok());
    ImageSelection remove;
    remove.ids = {2, 4, 4999};
    ASSERT_TRUE(Writer(12)->Remove(remove).ok());
    everything_.k = everything_.candidates = everything_.most_candidates = kImages;
  }

  SearchResult Find(const SearchOptions& options, uint64_t id = kQuery) const {
    const Query query{{}, id};
    OpenOptions prepared = open();
    prepared.prepare = true;
    const auto read = Library::Open(library(), prepared);
    EXPECT_TRUE(read.ok());
    auto results = read->Search({&query, 1}, options);
    EXPECT_TRUE(results.ok() && (*results)[0].ok()) << results.status().message();
    return *std::move((*results)[0]);
  }

  // The first k by feature of those of all hits that are within a distance.
  static std::vector<std::pair<uint64_t, float>> BestWithin(const std::vector<Hit>& all,
                                                            uint32_t hamming, size_t k) {
    std::vector<std::pair<uint64_t, float>> best;
    for (const Hit& hit : all) {
      if (hit.hamming <= hamming && best.size() < k) best.emplace_back(hit.id, *hit.distance);
    }
    return best;
  }
  static std::vector<std::pair<uint64_t, float>> Pairs(const std::vector<Hit>& hits) {
    std::vector<std::pair<uint64_t, float>> pairs;
    for (const Hit& hit : hits) pairs.emplace_back(hit.id, *hit.distance);
    return pairs;
  }
  static size_t CountWithin(const std::vector<Hit>& all, uint32_t hamming) {
    return static_cast<size_t>(
        std::ranges::count_if(all, [&](const Hit& hit) { return hit.hamming <= hamming; }));
  }
  // All in order of code.
  static std::vector<Hit> ByCode(std::vector<Hit> all) {
    std::ranges::sort(all, [](const Hit& a, const Hit& b) {
      return std::tie(a.hamming, a.id) < std::tie(b.hamming, b.id);
    });
    return all;
  }

  static constexpr uint64_t kQuery = 17;
  SearchOptions everything_;
};

TEST_F(WholeBucketsTest, TheLastShellIsRankedToItsEnd) {
  for (const bool filtered : {false, true}) {
    SearchOptions options = everything_;
    if (filtered) options.filter.tags = {{"third", "yes"}};
    const std::vector<Hit> all = Find(options).hits;
    const std::vector<Hit> by_code = ByCode(all);
    for (const Strategy strategy : {Strategy::kScan, Strategy::kBuckets, Strategy::kDistinct}) {
      options.strategy = strategy;
      options.k = 10;
      options.candidates = 50;
      const uint32_t last = by_code[49].hamming;
      const size_t shell_end = CountWithin(all, last);
      ASSERT_GT(shell_end, 60u);
      options.most_candidates = 10'000;
      const SearchResult whole = Find(options);
      EXPECT_EQ(Pairs(whole.hits), BestWithin(all, last, 10));
      EXPECT_EQ(whole.candidates, shell_end);
      EXPECT_EQ(whole.ties_cut, 0u);
      EXPECT_TRUE(whole.exact);
      EXPECT_EQ(whole.promise, "the best 10 by feature of all " + std::to_string(shell_end) +
                                   " images whose codes differ in at most " + std::to_string(last) +
                                   (last == 1 ? " bit" : " bits"));
      for (const size_t most : {size_t{1}, size_t{60}}) {
        options.most_candidates = most;
        const size_t ranked = std::max<size_t>(50, most);
        const SearchResult cut = Find(options);
        EXPECT_EQ(cut.candidates, ranked);
        EXPECT_EQ(cut.ties_cut, shell_end - ranked);
        EXPECT_FALSE(cut.exact);
        EXPECT_NE(cut.promise.find("were left out"), std::string::npos) << cut.promise;
        auto nearest = std::vector(by_code.begin(), by_code.begin() + static_cast<int>(ranked));
        std::ranges::sort(nearest, [](const Hit& a, const Hit& b) {
          return std::tie(*a.distance, a.id) < std::tie(*b.distance, b.id);
        });
        EXPECT_EQ(Pairs(cut.hits), BestWithin(nearest, last, 10));
      }
    }
  }
}

TEST_F(WholeBucketsTest, BucketsHaveNoLimit) {
  for (const bool filtered : {false, true}) {
    SearchOptions options = everything_;
    if (filtered) options.filter.tags = {{"third", "yes"}};
    const std::vector<Hit> all = Find(options).hits;
    for (int radius = 0; radius <= 12; ++radius) {
      for (const size_t k : {size_t{1}, size_t{10}, kImages}) {
        options.k = k;
        options.bucket = radius;
        const SearchResult found = Find(options);
        const auto limit = static_cast<uint32_t>(radius);
        EXPECT_EQ(Pairs(found.hits), BestWithin(all, limit, k));
        EXPECT_EQ(found.candidates, CountWithin(all, limit));
        EXPECT_EQ(found.rows, all.size());
        EXPECT_TRUE(found.exact);
        for (const Hit& hit : found.hits) EXPECT_LE(hit.hamming, limit);
      }
    }
  }
}

TEST_F(WholeBucketsTest, AllFeaturesAreRankedForSeveralQueriesAtOnce) {
  const std::vector<Query> queries = {{{}, 1}, {{}, kQuery}, {{}, 5000}};
  uint64_t done = 0, total = 0;
  SearchOptions options;
  options.k = 25;
  options.all_features = true;
  options.progress = [&](const Progress& progress) {
    done = progress.done;
    total = progress.total;
  };
  const auto results = Read().Search(queries, options);
  ASSERT_TRUE(results.ok());
  EXPECT_EQ(done, kImages);
  EXPECT_EQ(total, kImages);
  for (size_t i = 0; i < queries.size(); ++i) {
    const SearchResult& found = *(*results)[i];
    EXPECT_EQ(Pairs(found.hits), BestWithin(Find(everything_, queries[i].id).hits, 12, 25));
    EXPECT_EQ(found.candidates, kImages - 3);
    EXPECT_EQ(found.promise, "the best 25 by feature of all 4997 images");
  }
}

// More than one pass has room for.
TEST_F(WholeBucketsTest, ManyQueriesAreRankedInSeveralPasses) {
  std::vector<Query> queries;
  for (size_t i = 0; i < 300; ++i) queries.push_back({{}, i % 2 == 0 ? kQuery : 4000});
  uint64_t done = 0, total = 0;
  SearchOptions options;
  options.k = 5;
  options.all_features = true;
  options.progress = [&](const Progress& progress) {
    done = progress.done;
    total = progress.total;
  };
  const auto results = Read().Search(queries, options);
  ASSERT_TRUE(results.ok());
  EXPECT_EQ(total, 2 * kImages);
  EXPECT_EQ(done, total);
  ASSERT_EQ(results->size(), queries.size());
  const auto even = BestWithin(Find(everything_).hits, 12, 5);
  const auto odd = BestWithin(Find(everything_, 4000).hits, 12, 5);
  EXPECT_NE(even, odd);
  for (size_t i = 0; i < queries.size(); ++i)
    EXPECT_EQ(Pairs((*results)[i]->hits), i % 2 == 0 ? even : odd) << i;
}

TEST_F(WholeBucketsTest, WhatMakesNoSenseIsRefusedAndStopStops) {
  const Query query{{}, kQuery};
  const auto outcome = [&](auto change) {
    SearchOptions options;
    change(&options);
    return Read().Search({&query, 1}, options).status().code();
  };
  EXPECT_EQ(outcome([](SearchOptions* o) { o->bucket = 1, o->radius = 1; }),
            StatusCode::kInvalidArgument);
  EXPECT_EQ(outcome([](SearchOptions* o) { o->bucket = 1, o->all_features = true; }),
            StatusCode::kInvalidArgument);
  EXPECT_EQ(outcome([](SearchOptions* o) { o->all_features = true, o->rerank = false; }),
            StatusCode::kInvalidArgument);
  std::stop_source source;
  source.request_stop();
  EXPECT_EQ(outcome([&](SearchOptions* o) { o->bucket = 3, o->stop = source.get_token(); }),
            StatusCode::kCancelled);
}

}  // namespace
}  // namespace hashlens
