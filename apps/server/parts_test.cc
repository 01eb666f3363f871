// Small parts of the server: the thumbnails' cache, jobs, metrics, uploads.
#include <gtest/gtest.h>

#include "apps/server/jobs.h"
#include "apps/server/metrics.h"
#include "apps/server/test_folder.h"
#include "apps/server/thumbnail_cache.h"
#include "apps/server/uploads.h"

namespace hashlens {
namespace {

TEST(ThumbnailCache, ForgetsWhatWasUsedLongestAgo) {
  ThumbnailCache cache(4 * 1200);
  const auto bytes = [](char letter) { return std::make_shared<std::string>(1000, letter); };
  for (char letter = 'a'; letter <= 'd'; ++letter)
    cache.Keep(std::string(1, letter), bytes(letter));
  ASSERT_NE(cache.Find("a"), nullptr);
  cache.Keep("e", bytes('e'));
  EXPECT_EQ(cache.Find("b"), nullptr);
  EXPECT_EQ(*cache.Find("a"), std::string(1000, 'a'));
  EXPECT_LE(cache.counts().bytes, 4U * 1200);
  EXPECT_EQ(cache.counts().entries, 4U);
  cache.Keep("large", std::make_shared<std::string>(10'000, 'x'));
  EXPECT_EQ(cache.Find("large"), nullptr);
}

TEST(JobBoard, TellsWhatChanges) {
  JobBoard board;
  const Job job = board.Add("photos");
  EXPECT_EQ(ToJson(job)["state"], "queued");
  board.Change(job.id, [](Job* changed) { changed->state = JobState::kRunning; });
  const auto seen = board.WaitFor(job.id, job.version, std::chrono::milliseconds{10'000});
  ASSERT_TRUE(seen);
  EXPECT_EQ(ToJson(*seen)["state"], "running");
  EXPECT_FALSE(job.stop.stop_requested());
  EXPECT_TRUE(board.Cancel(job.id));
  EXPECT_TRUE(job.stop.stop_requested());
  EXPECT_FALSE(board.Cancel(99));
  EXPECT_FALSE(board.Find(99));
}

TEST(JobBoard, ForgetsWhatEndedLongAgo) {
  JobBoard board;
  const Job first = board.Add("photos");
  for (int i = 0; i < 1000; ++i) {
    const Job job = board.Add("photos");
    board.Change(job.id, [](Job* changed) { changed->state = JobState::kDone; });
  }
  EXPECT_LT(board.All().size(), 400U);
  EXPECT_TRUE(board.Find(first.id));  // still waits
}

TEST(Histogram, BucketsHoldThoseBelow) {
  Histogram histogram;
  for (const double seconds : {0.0001, 0.02, 100.0}) histogram.Add(seconds);
  const std::string text = histogram.Text("x", "a=\"b\"");
  EXPECT_NE(text.find("x_bucket{a=\"b\",le=\"0.0005\"} 1\n"), std::string::npos) << text;
  EXPECT_NE(text.find("x_bucket{a=\"b\",le=\"10\"} 2\n"), std::string::npos) << text;
  EXPECT_NE(text.find("x_bucket{a=\"b\",le=\"+Inf\"} 3\n"), std::string::npos) << text;
  EXPECT_EQ(LabelText("a\"b\\c\n"), "a\\\"b\\\\c ");
}

TEST(SafeName, IsNoPath) {
  EXPECT_EQ(SafeName("../../etc/passwd"), "passwd");
  EXPECT_EQ(SafeName("C:\\pictures\\a b.jpg"), "a_b.jpg");
  EXPECT_EQ(SafeName(".hidden"), "picture.hidden");
  EXPECT_EQ(SafeName(""), "picture");
  EXPECT_EQ(SafeName(".."), "picture..");
  EXPECT_EQ(SafeName(std::string("a\0b", 3)), "a_b");
  EXPECT_LE(SafeName(std::string(1000, 'x') + ".jpg").size(), 90U);
  EXPECT_TRUE(SafeName(std::string(1000, 'x') + ".jpg").ends_with(".jpg"));
}

TEST(SaveUpload, TheSamePictureIsTheSameFile) {
  const TestFolder folder;
  const auto uploads = folder.path() / "deep" / "uploads";
  const auto first = SaveUpload(uploads, "a.jpg", "bytes");
  ASSERT_TRUE(first.ok()) << first.status().message();
  EXPECT_EQ(ReadWhole(*first), "bytes");
  EXPECT_EQ(*SaveUpload(uploads, "a.jpg", "bytes"), *first);
  EXPECT_NE(*SaveUpload(uploads, "a.jpg", "others"), *first);
  WriteWhole(uploads / ".upload-abc", "half");
  ClearUploads(uploads);
  EXPECT_FALSE(std::filesystem::exists(uploads / ".upload-abc"));
  EXPECT_TRUE(std::filesystem::exists(*first));
}

}  // namespace
}  // namespace hashlens
