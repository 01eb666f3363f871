// What many threads keep and count: the thumbnails' cache, and the metrics.
#include <gtest/gtest.h>

#include <atomic>
#include <memory>
#include <random>
#include <string>

#include "apps/server/metrics.h"
#include "apps/server/test_threads.h"
#include "apps/server/thumbnail_cache.h"

namespace hashlens {
namespace {

constexpr size_t kCounting = 6;

// The number of a line of the metrics; -1 without that line.
int64_t NumberOf(const std::string& text, const std::string& metric) {
  const size_t at = text.find("\n" + metric + " ");
  return at == std::string::npos ? -1 : std::stoll(text.substr(at + metric.size() + 2));
}

TEST(ThumbnailCacheThreads, GiveWhatWasKept) {
  constexpr uint64_t kKeys = 40;
  constexpr uint64_t kRoom = 10;
  constexpr uint64_t kEach = 1500;
  constexpr uint64_t kCost = 500 + 2 + 128;  // of each entry
  const auto value = [](const std::string& key) { return key + std::string(498, 'x'); };
  ThumbnailCache cache(kRoom * kCost);
  std::atomic<uint64_t> hits{0};
  RunTogether(kCounting, [&](size_t thread) {
    std::mt19937_64 random(thread);
    for (uint64_t i = 0; i < kEach; ++i) {
      const std::string key = std::to_string(10 + random() % kKeys);
      if (const ThumbnailCache::Bytes found = cache.Find(key)) {
        ++hits;
        EXPECT_EQ(*found, value(key));
      } else {
        cache.Keep(key, std::make_shared<std::string>(value(key)));
      }
      const auto counts = cache.counts();
      EXPECT_LE(counts.entries, kRoom);
      EXPECT_EQ(counts.bytes, counts.entries * kCost);
    }
  });
  const auto counts = cache.counts();
  EXPECT_EQ(counts.hits, hits);
  EXPECT_EQ(counts.hits + counts.misses, kCounting * kEach);
  EXPECT_EQ(counts.entries, kRoom);
  uint64_t there = 0;
  for (uint64_t key = 10; key < 10 + kKeys; ++key) there += cache.Find(std::to_string(key)) ? 1 : 0;
  EXPECT_EQ(there, kRoom);
}

TEST(ThumbnailCache, DoesNotKeepWhatIsLargerThanAll) {
  ThumbnailCache cache(1000);
  cache.Keep("small", std::make_shared<std::string>(100, 's'));
  cache.Keep("large", std::make_shared<std::string>(1000, 'l'));
  EXPECT_EQ(cache.Find("large"), nullptr);
  EXPECT_NE(cache.Find("small"), nullptr);  // did not go for it
  EXPECT_EQ(cache.counts().entries, 1U);
}

TEST(MetricsThreads, CountEverything) {
  constexpr int64_t kEach = 400;
  constexpr int64_t kTogether = 3;  // queries of a batch
  constexpr auto kAll = static_cast<int64_t>(kCounting) * kEach;
  const std::string batches = "hashlens_search_batches_total";
  const std::string queries = "hashlens_search_queries_total";
  Metrics metrics;
  std::atomic<size_t> done{0};
  RunTogether(kCounting + 1, [&](size_t thread) {
    if (thread == kCounting) {
      for (int64_t before = 0; done < kCounting;) {
        const std::string text = metrics.Text();
        const int64_t now = NumberOf(text, batches);
        EXPECT_GE(now, before);
        EXPECT_EQ(NumberOf(text, queries), now * kTogether);  // never half a batch
        before = now;
      }
      return;
    }
    for (int64_t i = 0; i < kEach; ++i) {
      metrics.AddBatch(kTogether);
      metrics.AddRequest(i % 2 == 0 ? "/even" : "/odd", "GET", 200, 0.25);
      metrics.AddSearch({500, 0, 0, 0});
    }
    ++done;
  });
  const std::string text = metrics.Text();
  EXPECT_EQ(NumberOf(text, batches), kAll);
  EXPECT_EQ(NumberOf(text, queries), kAll * kTogether);
  for (const std::string route : {"/even", "/odd"}) {
    EXPECT_EQ(NumberOf(text, "hashlens_http_requests_total{route=\"" + route +
                                 "\",method=\"GET\",code=\"200\"}"),
              kAll / 2);
    const std::string latency = "hashlens_http_request_seconds";
    const std::string labels = "route=\"" + route + "\"";
    EXPECT_EQ(NumberOf(text, latency + "_count{" + labels + "}"), kAll / 2);
    EXPECT_EQ(NumberOf(text, latency + "_sum{" + labels + "}"), kAll / 2 / 4);
    EXPECT_EQ(NumberOf(text, latency + "_bucket{" + labels + ",le=\"0.1\"}"), 0);
    EXPECT_EQ(NumberOf(text, latency + "_bucket{" + labels + ",le=\"0.25\"}"), kAll / 2);
  }
  EXPECT_EQ(NumberOf(text, "hashlens_search_stage_seconds_sum{stage=\"decode\"}"), kAll / 2);
}

}  // namespace
}  // namespace hashlens
